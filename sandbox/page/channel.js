// @ts-check
// A Slack channel (root messages, newest below) and the thread pane beside it.
import { Composer } from "./composer.js";
import { dayOf } from "./dates.js";
import { useDesk } from "./desk.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "./html.js";
import { Message } from "./message.js";
import { channelHash } from "./place.js";
import { conversations } from "./store.js";

const PAGE = 40;
const AT_BOTTOM_PX = 60;

/** Scrolls down with new messages, but only for a reader who is at the bottom. A thread without replies starts at its card. */
function useStickToBottom(count, room) {
  const ref = useRef(null);
  const atBottom = useRef(true);
  const [more, setMore] = useState(false);
  const toBottom = () => {
    const box = ref.current;
    const last = [...box.querySelectorAll("article")].at(-1);
    // What is longer than the page, such as the help, is read from its beginning.
    const above = last ? last.getBoundingClientRect().top - box.getBoundingClientRect().top : 0;
    box.scrollTop = last?.offsetHeight > box.clientHeight ? box.scrollTop + above : box.scrollHeight;
    atBottom.current = true;
    setMore(false);
  };
  const onScroll = () => {
    const box = ref.current;
    atBottom.current = box.scrollHeight - box.scrollTop - box.clientHeight < AT_BOTTOM_PX;
    if (atBottom.current) setMore(false);
  };
  const toStart = () => {
    ref.current.scrollTop = 0;
    onScroll();
  };
  useLayoutEffect(() => (count ? toBottom() : toStart()), [room]);
  useLayoutEffect(() => (atBottom.current ? toBottom() : setMore(true)), [count]);
  useEffect(() => {
    const grown = new ResizeObserver(() => atBottom.current && toBottom());
    grown.observe(ref.current.firstElementChild);
    return () => grown.disconnect();
  }, [room]);
  return { ref, onScroll, more, toBottom };
}

/** Ephemerals a reader has put away, for as long as the page is open. */
const dismissed = new Set();

/** What only the acting person sees here, each with the way to put it away. */
function useEphemerals(channel, thread = "") {
  const { sandbox, actor } = useDesk();
  const [, redraw] = useState(0);
  const here = (one) => one.channel === channel && one.user === actor && (one.thread_ts ?? "") === thread;
  return sandbox.slack.ephemeral.filter((one) => here(one) && !dismissed.has(one.ts)).map((one) => ({
    ts: one.ts,
    message: { ...one, user: one.from },
    onDismiss: () => {
      dismissed.add(one.ts);
      redraw(dismissed.size);
    },
  }));
}

const byTime = (a, b) => Number(a.ts) - Number(b.ts);

function Roots({ items }) {
  const { actor, names } = useDesk();
  let day = "";
  return items.map((item) => {
    const today = dayOf(item.ts);
    const divider = today !== day && html`<div class="day" key=${today}><span>${today}</span></div>`;
    day = today;
    return [divider, html`<${Message} key=${item.ts} ...${item} actor=${actor} known=${names} />`];
  });
}

function Nothing({ name, forCustomers }) {
  return html`<div class="empty">
    <p class="empty-sign" aria-hidden="true">🧵</p>
    <h3>Nothing in #${name} yet</h3>
    <p>${forCustomers ? "Each conversation with a customer becomes one message here." : "What the app has to say here will show up by itself."}
      ${" "}Write to the shop: <a href="#mail">a mail in the Mail tab</a> or <a href="#chat">a question in the chat widget</a>.</p>
  </div>`;
}

export function ChannelView({ channel, openTs }) {
  const { sandbox, names } = useDesk();
  const { roots, replies } = conversations(sandbox.slack.messages, channel);
  const [limit, setLimit] = useState(PAGE);
  const shown = roots.map((message) =>
    ({ ts: message.ts, message, replies: replies.get(message.ts), open: message.ts === openTs }));
  const items = [...shown, ...useEphemerals(channel)].sort(byTime);
  const stick = useStickToBottom(items.length, channel);
  const name = names.channel(channel);
  const support = Object.values(sandbox.info.channels ?? {});
  const hidden = Math.max(0, items.length - limit);
  useEffect(() => setLimit(PAGE), [channel]);

  return html`<section class="pane channel-pane" aria-label=${`#${name}`}>
    <header class="pane-head"><h2><span aria-hidden="true">#</span>${name}</h2>
      <span class="quiet">${support.includes(channel) && `${roots.length} ${roots.length === 1 ? "conversation" : "conversations"}`}</span></header>
    <div class="scroll" ref=${stick.ref} onScroll=${stick.onScroll} tabindex="0" role="region" aria-label=${`Messages in #${name}`}>
      <div class="messages">
        ${hidden > 0 && html`<button type="button" class="button earlier" onClick=${() => setLimit(limit + PAGE)}>
          Show earlier (${hidden})</button>`}
        ${!items.length && sandbox.loaded && html`<${Nothing} name=${name} forCustomers=${support.includes(channel)} />`}
        <${Roots} items=${items.slice(hidden)} />
      </div>
    </div>
    ${stick.more && html`<button type="button" class="button new-below" onClick=${stick.toBottom}>New messages ↓</button>`}
    <${Composer} key=${channel} channel=${channel} label=${`Message #${name}`}
      placeholder=${`Message #${name}, or a slash command such as /cockpit status`} onSent=${stick.toBottom} />
  </section>`;
}

export function ThreadPane({ channel, ts }) {
  const { sandbox, names, actor } = useDesk();
  const { roots, replies } = conversations(sandbox.slack.messages, channel);
  const root = roots.find((message) => message.ts === ts);
  const answers = replies.get(ts) ?? [];
  const below = [...answers.map((message) => ({ ts: message.ts, message })), ...useEphemerals(channel, ts)].sort(byTime);
  const stick = useStickToBottom(below.length, ts);
  const status = (sandbox.slack.statuses ?? []).find((one) => one.channel === channel && one.thread_ts === ts)?.status;
  const draw = (item) => html`<${Message} key=${item.ts} ...${item} actor=${actor} known=${names} inThread=${true} />`;
  return html`<aside class="pane thread-pane" aria-label="Thread">
    <header class="pane-head"><h2>Thread</h2><span class="quiet">#${names.channel(channel)}</span>
      <a class="button icon close" href=${channelHash(channel)} aria-label="Close the thread">✕</a></header>
    <div class="scroll" ref=${stick.ref} onScroll=${stick.onScroll} tabindex="0" role="region" aria-label="Messages in the thread">
      <div class="messages">
        ${root ? draw({ ts, message: root }) : sandbox.loaded && html`<p class="empty">This conversation is not here (any more).</p>`}
        ${root && html`<div class="day"><span>${answers.length || "No"} ${answers.length === 1 ? "reply" : "replies"}</span></div>`}
        ${below.map(draw)}
        ${status && html`<p class="status-line quiet" role="status">threadpilot ${status}</p>`}
      </div>
    </div>
    <${Composer} key=${ts} channel=${channel} thread=${ts} label="Note in this thread"
      placeholder="An internal note: what you type here never reaches the customer" onSent=${stick.toBottom} />
  </aside>`;
}
