// @ts-check
// What stands in the help desk and the CRM: Zendesk's tickets as they change, working on them as people there do, and Salesforce's cases.
import { api } from "./api.js";
import { Cases } from "./cases.js";
import { useDesk } from "./desk.js";
import { html, useState } from "./html.js";

const STATUSES = ["open", "pending", "hold", "solved", "closed"];

function Comment({ comment }) {
  return html`<li class=${`comment ${comment.public ? "" : "internal"}`}>
    <p class="quiet"><strong>${comment.author}</strong> · ${comment.public ? "public" : "internal note"}</p>
    <p>${comment.body}</p>
    ${comment.files.map((name) => html`<p class="quiet">📎 ${name}</p>`)}</li>`;
}

function Answering({ ticket, go, busy }) {
  const [text, setText] = useState("");
  const [as, setAs] = useState("agent");
  const say = async (event) => {
    event.preventDefault();
    if (!text.trim()) return;
    const body = { ticket: ticket.id, text, public: as !== "note", as: as === "customer" ? "customer" : "agent" };
    if (await go(() => api.comment(body))) setText("");
  };
  return html`<form class="speaking" onSubmit=${say} aria-label="Comment on the ticket">
    <div class="form-field"><label for="crm-as">Write</label>
      <select id="crm-as" class="field" value=${as} onChange=${(event) => setAs(event.target.value)}>
        <option value="agent">a public comment as an agent</option>
        <option value="note">an internal note as an agent</option>
        <option value="customer">as ${ticket.requester}</option></select></div>
    <div class="form-field"><label for="crm-text">Comment</label>
      <textarea id="crm-text" class="field" rows="3" value=${text} onInput=${(event) => setText(event.target.value)}></textarea></div>
    <button type="submit" class=${`button primary ${busy ? "pending" : ""}`}>Comment</button></form>`;
}

function Ticket({ ticket, go, busy }) {
  return html`<section class="mailbox" aria-label=${`Ticket ${ticket.id}`}>
    <h3>#${ticket.id} ${ticket.subject}</h3>
    <p class="quiet">${[ticket.requester, ...ticket.tags].join(" · ")}</p>
    <div class="form-field"><label for="crm-status">Status</label>
      <select id="crm-status" class="field" onChange=${(event) => go(() => api.ticketStatus({ ticket: ticket.id, status: event.target.value }), true)}>
        ${["new", ...STATUSES].map((status) => html`<option value=${status} selected=${status === ticket.status}
          disabled=${status === "new"}>${status}</option>`)}</select></div>
    <ol class="comments" aria-label="Comments" aria-live="polite">${ticket.comments.map((one) => html`<${Comment} key=${one.id} comment=${one} />`)}</ol>
    <${Answering} key=${ticket.id} ticket=${ticket} go=${go} busy=${busy} /></section>`;
}

function NewTicket({ customers, go, busy }) {
  const [from, setFrom] = useState("");
  const [subject, setSubject] = useState("");
  const [text, setText] = useState("");
  const chosen = from || customers[0]?.email || "";
  const open = async (event) => {
    event.preventDefault();
    if (await go(() => api.openTicket({ from: chosen, subject, text }))) {
      setSubject("");
      setText("");
    }
  };
  return html`<details class="new-ticket"><summary>Open a ticket as a customer</summary>
    <form class="speaking" onSubmit=${open} aria-label="Open a ticket">
      <div class="form-field"><label for="crm-from">Customer</label>
        <select id="crm-from" class="field" onChange=${(event) => setFrom(event.target.value)}>
          ${customers.filter(({ email }) => email).map(({ email, name }) => html`<option value=${email} selected=${email === chosen}>${name}</option>`)}</select></div>
      <div class="form-field"><label for="crm-subject">Subject</label>
        <input id="crm-subject" class="field" required value=${subject} onInput=${(event) => setSubject(event.target.value)} /></div>
      <div class="form-field"><label for="crm-new">Text</label>
        <textarea id="crm-new" class="field" rows="3" required value=${text} onInput=${(event) => setText(event.target.value)}></textarea></div>
      <button type="submit" class=${`button primary ${busy ? "pending" : ""}`}>Open it</button></form></details>`;
}

export function CrmView() {
  const { sandbox, attempt } = useDesk();
  const [picked, setPicked] = useState(0);
  const [busy, setBusy] = useState(false);
  const tickets = [...sandbox.crm.tickets].reverse();
  const ticket = tickets.find(({ id }) => id === picked) ?? tickets[0];

  // A second press of a button is dropped while the first is on its way; a choice never is.
  async function go(work, isChoice = false) {
    if (busy && !isChoice) return false;
    setBusy(true);
    const done = await attempt(() => work().then(() => true));
    sandbox.refresh("crm");
    setBusy(false);
    return done;
  }
  return html`<section class="pane" aria-label="CRM">
    <header class="pane-head"><h2>CRM</h2><span class="quiet">Zendesk: ${tickets.length} ${tickets.length === 1 ? "ticket" : "tickets"} · Salesforce: ${sandbox.crm.cases.length} ${sandbox.crm.cases.length === 1 ? "case" : "cases"}</span></header>
    <div class="mail-columns">
      <div class="writer">
        <h3>Zendesk's tickets</h3>
        <ul class="tickets">${tickets.map((one) => html`<li key=${one.id}><button type="button" class="ticket"
          aria-current=${one === ticket ? "true" : undefined} onClick=${() => setPicked(one.id)}>
          <span class=${`status ${one.status}`}>${one.status}</span> #${one.id} ${one.subject}<br /><span class="quiet">${one.requester}</span></button></li>`)}</ul>
        <${NewTicket} customers=${sandbox.company.customers ?? []} go=${go} busy=${busy} />
        <h3>Salesforce's cases</h3>
        <${Cases} cases=${sandbox.crm.cases} go=${go} busy=${busy} />
      </div>
      ${ticket
        ? html`<${Ticket} key=${ticket.id} ticket=${ticket} go=${go} busy=${busy} />`
        : html`<div class="empty"><p class="empty-sign" aria-hidden="true">🎫</p><p>No ticket yet. Each conversation becomes one, and what is opened here becomes a conversation.</p></div>`}
    </div></section>`;
}
