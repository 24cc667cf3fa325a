// @ts-check
// Where one can go: the Slack channels, App Home, the customers' side (mail, chat, text messages, phone), and the CRM. And who one is.
import { useDesk } from "./desk.js";
import { html, useEffect, useState } from "./html.js";
import { channelHash } from "./place.js";
import { isReply } from "./store.js";

const SEEN = "threadpilot-sandbox-seen";

const stored = () => {
  try {
    return JSON.parse(sessionStorage.getItem(SEEN) ?? "{}");
  } catch {
    return {};
  }
};

/** How many messages of each channel came since it was last looked at. */
function useUnread(messages, open) {
  const [seen, setSeen] = useState(stored);
  const newest = messages.reduce((ts, one) => (one.channel === open && Number(one.ts) > Number(ts) ? one.ts : ts), "0");
  useEffect(() => {
    if (!open || Number(seen[open] ?? 0) >= Number(newest)) return;
    const next = { ...seen, [open]: newest };
    setSeen(next);
    sessionStorage.setItem(SEEN, JSON.stringify(next));
  }, [open, newest]);
  const unread = {};
  for (const { channel, ts } of messages) {
    if (channel !== open && Number(ts) > Number(seen[channel] ?? 0)) unread[channel] = (unread[channel] ?? 0) + 1;
  }
  return unread;
}

function Entry({ href, sign, label, current, count, unread }) {
  return html`<li><a href=${href} class=${unread ? "unread" : ""} aria-current=${current ? "page" : undefined}>
    <span class="sign" aria-hidden="true">${sign}</span><span class="entry-label">${label}${unread ? html`<span class="sr-only">, ${unread} unread</span>` : ""}</span>
    ${count ? html`<span class="count" role="img" aria-label=${`${count} ${count === 1 ? "conversation" : "conversations"}`}>${count}</span>` : ""}</a></li>`;
}

const NAMES = { home: "App Home", mail: "Mail", chat: "Chat widget", sms: "Text messages", phone: "Phone", crm: "CRM", day: "Day", weather: "Weather" };

/** A guest sees only the channels they are in. */
const seenBy = (channel, user) => !channel.is_im && (!channel.members || channel.members.includes(user));

function ActAs({ onActor }) {
  const { people, actor, sandbox } = useDesk();
  const { agent, manager } = sandbox.info;
  const role = (user) => (user.id === agent ? ", agent" : user.id === manager ? ", manager" : user.is_restricted ? ", guest" : "");
  return html`<label class="act-as"><span>Act as</span>
    <select class="field" value=${actor} onChange=${(event) => onActor(event.target.value)}>
      ${people.map((user) => html`<option value=${user.id} selected=${user.id === actor}>${user.real_name || user.name}${role(user)}</option>`)}
    </select></label>`;
}

/** Where one is; in a narrow window it opens the list of places, which a wide one always shows. */
function Where({ here, unread, open, onPress }) {
  return html`<button type="button" class="button where" aria-expanded=${String(open)} onClick=${onPress}>
    <span class="entry-label">☰ ${here}</span>${unread > 0 && html`<span class="count" role="img" aria-label=${`${unread} unread`}>${unread}</span>`}</button>`;
}

export function Sidebar({ place, onActor }) {
  const { sandbox, actor } = useDesk();
  const { channels, messages } = sandbox.slack;
  const open = place.kind === "channel" ? place.channel : null;
  const unread = useUnread(messages, open);
  const counts = {};
  for (const message of messages) if (!isReply(message)) counts[message.channel] = (counts[message.channel] ?? 0) + 1;
  const entry = (kind, sign) =>
    html`<${Entry} href=${`#${kind}`} sign=${sign} label=${NAMES[kind]} current=${place.kind === kind} />`;
  const [listed, setListed] = useState(false);
  const here = open ? `#${channels.find((one) => one.id === open)?.name ?? "?"}` : NAMES[place.kind] ?? "Places";
  const waiting = channels.filter((one) => seenBy(one, actor)).reduce((sum, one) => sum + (unread[one.id] ?? 0), 0);
  return html`<nav class="sidebar" aria-label="Places" onKeyDown=${(event) => event.key === "Escape" && setListed(false)}>
    <${ActAs} onActor=${onActor} />
    <${Where} here=${here} unread=${waiting} open=${listed} onPress=${() => setListed(!listed)} />
    <div class=${`places ${listed ? "listed" : ""}`} onClick=${() => setListed(false)}>
    <h2>Slack</h2>
    <ul>
      ${channels.filter((channel) => seenBy(channel, actor)).map((channel) => html`<${Entry} key=${channel.id} href=${channelHash(channel.id)} sign="#" label=${`${channel.name}${channel.is_archived ? " (archived)" : ""}`}
        current=${open === channel.id} count=${counts[channel.id]} unread=${unread[channel.id]} />`)}
      ${entry("home", "⌂")}
    </ul>
    <h2>Customers</h2>
    <ul>${entry("mail", "✉")}${entry("chat", "❝")}${entry("sms", "✆")}${entry("phone", "☏")}</ul>
    <h2>Colleagues</h2>
    <ul>${entry("crm", "▤")}</ul>
    <h2>Try out</h2>
    <ul>${entry("day", "◷")}${entry("weather", "☂")}</ul>
    </div>
  </nav>`;
}
