// @ts-check
// The page as a whole: one state, one acting person, one place.
import { Banner } from "./banner.js";
import { ChannelView, ThreadPane } from "./channel.js";
import { ChatView } from "./chat.js";
import { CrmView } from "./crm.js";
import { DayView } from "./day.js";
import { Desk } from "./desk.js";
import { HomeView } from "./home.js";
import { html, render, useCallback, useEffect, useMemo, useRef, useState } from "./html.js";
import { MailView } from "./mail.js";
import { OpenModal } from "./modal.js";
import { PhoneView } from "./phone.js";
import { channelHash, usePlace } from "./place.js";
import { Sidebar } from "./sidebar.js";
import { SmsView } from "./sms.js";
import { isReply, namesOf, useSandbox } from "./store.js";
import { Toasts, useToasts } from "./toast.js";
import { Tour } from "./tour.js";
import { WeatherView } from "./weather.js";

const headline = (message) => message.blocks?.find((block) => block.type === "header")?.text?.text ?? message.text ?? "";

/** Says new messages to screen readers, short and without the cards' controls. */
function Announcer({ messages, names, loaded }) {
  const known = useRef(null);
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (!loaded) return;
    const fresh = known.current && messages.filter((message) => !known.current.has(`${message.channel} ${message.ts}`));
    known.current = new Set(messages.map((message) => `${message.channel} ${message.ts}`));
    const last = fresh?.[fresh.length - 1];
    if (!last) return;
    const what = isReply(last) ? "New reply" : "New message";
    setSaid(`${what} in ${names.channel(last.channel)}: ${headline(last).slice(0, 120)}`);
  }, [messages]);
  return html`<p class="sr-only" aria-live="polite">${said}</p>`;
}

function Main({ place }) {
  if (place.kind === "channel") {
    return html`<${ChannelView} channel=${place.channel} openTs=${place.ts} />
      ${place.ts && html`<${ThreadPane} channel=${place.channel} ts=${place.ts} />`}`;
  }
  if (place.kind === "home") return html`<${HomeView} />`;
  if (place.kind === "mail") return html`<${MailView} />`;
  if (place.kind === "chat") return html`<${ChatView} />`;
  if (place.kind === "sms") return html`<${SmsView} />`;
  if (place.kind === "phone") return html`<${PhoneView} />`;
  if (place.kind === "crm") return html`<${CrmView} />`;
  if (place.kind === "day") return html`<${DayView} />`;
  if (place.kind === "weather") return html`<${WeatherView} />`;
  return html`<p class="loading">Loading the sandbox…</p>`;
}

function App() {
  const { toasts, tell, drop } = useToasts();
  const sandbox = useSandbox((error) => tell(error.message));
  const place = usePlace();
  const [chosen, setChosen] = useState("");
  const { users, channels } = sandbox.slack;
  const names = useMemo(() => namesOf({ users, channels }), [JSON.stringify([users, channels])]);
  const [touring, setTouring] = useState(false);
  const people = users.filter((user) => !user.is_bot && !user.deleted);
  const actor = chosen || sandbox.info.agent || people[0]?.id || "";
  const attempt = useCallback((work) => Promise.resolve().then(work).catch((error) => {
    tell(error.message);
    return null;
  }), []);

  useEffect(() => {
    const first = sandbox.info.channels?.email ?? channels[0]?.id;
    if (!place.kind && first) location.replace(channelHash(first));
  }, [place.kind, channels.length, sandbox.info]);

  return html`<${Desk.Provider} value=${{ sandbox, names, people, actor, tell, attempt }}>
    <div class=${`page ${place.ts ? "with-thread" : ""}`}>
      <${Banner} linked=${sandbox.linked} onTour=${() => setTouring(true)} />
      <${Sidebar} place=${place} onActor=${setChosen} />
      <main><${Main} place=${place} /></main>
      ${touring && html`<${Tour} onEnd=${() => setTouring(false)} />`}
      <${OpenModal} />
      <${Toasts} toasts=${toasts} drop=${drop} />
      <${Announcer} messages=${sandbox.slack.messages} names=${names} loaded=${sandbox.loaded} />
    </div>
  <//>`;
}

const root = document.getElementById("app");
root.replaceChildren();
render(html`<${App} />`, root);
