// @ts-check
// The customers' chat: the app's own demo page with its widget, in a frame.
import { useDesk } from "./desk.js";
import { html } from "./html.js";

const expected = (ticket) => ticket.expected?.action ?? "";

/** The shortest question for each thing that may happen to it. */
function oneOfEach(tickets) {
  const shortest = new Map();
  for (const ticket of [...tickets].sort((a, b) => b.text.length - a.text.length)) {
    if (expected(ticket) !== "ignore" && ticket.text.length > 20) shortest.set(expected(ticket), ticket);
  }
  const rank = (outcome) => ["send", "review", "escalate"].indexOf(outcome); // After an escalation nothing is sent.
  return [...shortest].sort(([a], [b]) => rank(a) - rank(b)).map(([, ticket]) => ticket);
}

export function ChatView() {
  const { sandbox } = useDesk();
  const url = sandbox.info.app_url && `${String(sandbox.info.app_url).replace(/\/$/, "")}/chat/demo`;
  const questions = oneOfEach((sandbox.company.tickets ?? []).filter((ticket) => ticket.channel === "chat"));
  return html`<section class="pane" aria-label="Chat widget">
    <header class="pane-head"><h2>Chat widget</h2>
      ${url && html`<a class="quiet" href=${url} target="_blank" rel="noopener">open in a new tab</a>
        <span class="quiet">(stays empty while the app is not running)</span>`}</header>
    ${questions.length > 0 && html`<p class="tip">Ask, for example: ${questions.map((ticket, index) =>
      html`${index ? " · " : ""}<q>${ticket.text}</q>`)}</p>`}
    ${url
      ? html`<iframe class="chat-frame" src=${url} title="Shop page with the chat widget"></iframe>`
      : html`<div class="empty"><p class="empty-sign" aria-hidden="true">💬</p><h3>The app is not known here</h3>
          <p>This tab shows the app's chat page. Start everything with <code>threadpilot demo</code>.</p></div>`}
  </section>`;
}
