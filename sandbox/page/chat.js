// @ts-check
// The customers' chat: the app's own demo page with its widget, in a frame.
import { useDesk } from "./desk.js";
import { html } from "./html.js";

export function ChatView() {
  const { sandbox } = useDesk();
  const url = sandbox.info.app_url && `${String(sandbox.info.app_url).replace(/\/$/, "")}/chat/demo`;
  const suggestions = sandbox.company.suggestions ?? [];
  return html`<section class="pane" aria-label="Chat widget">
    <header class="pane-head"><h2>Chat widget</h2>
      ${url && html`<a class="quiet" href=${url} target="_blank" rel="noopener">open in a new tab</a>
        <span class="quiet">(stays empty while the app is not running)</span>`}</header>
    ${suggestions.length > 0 && html`<p class="tip">Ask, for example: ${suggestions.map(({ text, outcome }, index) =>
      html`${index ? " · " : ""}<q>${text}</q> (${outcome})`)}</p>`}
    ${url
      ? html`<iframe class="chat-frame" src=${url} title="Shop page with the chat widget"></iframe>`
      : html`<div class="empty"><p class="empty-sign" aria-hidden="true">💬</p><h3>The app is not known here</h3>
          <p>This tab shows the app's chat page. Start everything with <code>threadpilot demo</code>.</p></div>`}
  </section>`;
}
