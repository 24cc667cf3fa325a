// @ts-check
// What stands in the CRM: Salesforce's cases that come from conversations, the newest first, and working on them as people there do.
import { api } from "./api.js";
import { html, useState } from "./html.js";

const SHOWN = 20;
const STATUSES = ["New", "Working", "On Hold", "Escalated", "Closed"];

function Noting({ one, go, busy }) {
  const [text, setText] = useState("");
  const say = async (event) => {
    event.preventDefault();
    if (text.trim() && (await go(() => api.caseComment({ case: one.id, text })))) setText("");
  };
  return html`<form class="speaking" onSubmit=${say} aria-label=${`Note on case ${one.number}`}>
    <div class="form-field"><label for=${`case-${one.id}`}>Note on the case, as a colleague</label>
      <textarea id=${`case-${one.id}`} class="field" rows="2" value=${text} onInput=${(event) => setText(event.target.value)}></textarea></div>
    <button type="submit" class=${`button ${busy ? "pending" : ""}`}>Add to the case</button></form>`;
}

function Case({ one, go, busy }) {
  return html`<li class="ticket"><details>
    <summary><span class="status">${one.status}</span> ${one.number} ${one.subject}<br />
      <span class="quiet">${one.contact || one.from || "nobody known"}</span></summary>
    <div class="form-field"><label for=${`status-${one.id}`}>The case is</label>
      <select id=${`status-${one.id}`} class="field" onChange=${(event) => go(() => api.caseStatus({ case: one.id, status: event.target.value }), true)}>
        ${STATUSES.map((status) => html`<option value=${status} selected=${status === one.status}>${status}</option>`)}</select></div>
    <ol class="comments" aria-label=${`Comments on case ${one.number}`}>
      ${one.comments.map((body) => html`<li class="comment internal"><p>${body}</p></li>`)}</ol>
    ${one.tasks.map((task) => html`<p class="quiet">☑ ${task}</p>`)}
    <${Noting} one=${one} go=${go} busy=${busy} /></details></li>`;
}

/** @param {{ cases: Array<any>, go: (work: () => Promise<unknown>, isChoice?: boolean) => Promise<unknown>, busy: boolean }} props */
export function Cases({ cases, go, busy }) {
  if (!cases.length) return html`<p class="quiet">No case yet. Each conversation becomes one.</p>`;
  return html`<ul class="tickets">${cases.slice(0, SHOWN).map((one) => html`<${Case} key=${one.id} one=${one} go=${go} busy=${busy} />`)}</ul>`;
}
