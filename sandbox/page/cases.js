// @ts-check
// What stands in the CRM: Salesforce's cases that come from conversations, the newest first, with what was said and done.
import { html } from "./html.js";

const SHOWN = 20;

function Case({ one }) {
  return html`<li class="ticket"><details>
    <summary><span class="status">${one.status}</span> ${one.number} ${one.subject}<br />
      <span class="quiet">${one.contact || one.from || "nobody known"}</span></summary>
    <ol class="comments" aria-label=${`Comments on case ${one.number}`}>
      ${one.comments.map((body) => html`<li class="comment internal"><p>${body}</p></li>`)}</ol>
    ${one.tasks.map((task) => html`<p class="quiet">☑ ${task}</p>`)}</details></li>`;
}

/** @param {{ cases: Array<any> }} props */
export function Cases({ cases }) {
  if (!cases.length) return html`<p class="quiet">No case yet. Each conversation becomes one.</p>`;
  return html`<ul class="tickets">${cases.slice(0, SHOWN).map((one) => html`<${Case} key=${one.id} one=${one} />`)}</ul>`;
}
