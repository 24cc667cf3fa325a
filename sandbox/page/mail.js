// @ts-check
// The customers' mailboxes: write to support as a customer, read what came back, answer it.
import { api } from "./api.js";
import { useDesk } from "./desk.js";
import { html, useState } from "./html.js";
import { MailHtml } from "./mailhtml.js";

const STRANGER = "stranger";
const addressIn = (field) => (/<([^<>]+)>/.exec(String(field ?? ""))?.[1] ?? String(field ?? "")).trim().toLowerCase();
const addresses = (field) => [field].flat().filter(Boolean).flatMap((one) => String(one).split(",")).map(addressIn);

function header(mail, name) {
  const entries = Array.isArray(mail.headers) ? mail.headers : Object.entries(mail.headers ?? {});
  return String(entries.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1] ?? "").trim();
}

/** What a mail program fills in when one presses Reply. */
function replyTo(mail) {
  const id = header(mail, "Message-ID");
  return {
    subject: /^re:/i.test(mail.subject ?? "") ? mail.subject : `Re: ${mail.subject ?? ""}`,
    in_reply_to: id,
    references: [header(mail, "References"), id].filter(Boolean).join(" "),
    to: header(mail, "Reply-To") || mail.from,
  };
}

const topic = (subject) => String(subject ?? "").replace(/^(?:(?:re|aw|fwd?):\s*)+/i, "").trim().toLowerCase();

/** Mails of one mailbox by thread, the thread with the newest mail first. */
function threads(mails) {
  const byTopic = new Map();
  for (const mail of mails) byTopic.set(topic(mail.subject), [...(byTopic.get(topic(mail.subject)) ?? []), mail]);
  return [...byTopic.values()].reverse();
}

function Received({ mail, onReply }) {
  const [asHtml, setAsHtml] = useState(false);
  return html`<article class="mail" aria-label=${`Mail: ${mail.subject}`}>
    <header><strong>${mail.subject || "(no subject)"}</strong>
      <span class="quiet">from ${mail.from}</span></header>
    ${mail.html && html`<div class="toggle" role="group" aria-label="Show as">
      <button type="button" class="link" aria-pressed=${String(!asHtml)} onClick=${() => setAsHtml(false)}>Text</button>
      <button type="button" class="link" aria-pressed=${String(asHtml)} onClick=${() => setAsHtml(true)}>HTML</button></div>`}
    ${asHtml ? html`<${MailHtml} source=${mail.html} />` : html`<div class="mail-text">${mail.text}</div>`}
    <footer><button type="button" class="button" onClick=${() => onReply(mail)}>Reply</button></footer>
  </article>`;
}

const Sent = ({ mail }) => html`<article class="mail sent" aria-label=${`Sent: ${mail.subject}`}>
  <header><strong>${mail.subject || "(no subject)"}</strong><span class="quiet">you wrote</span></header>
  <div class="mail-text">${mail.text}</div></article>`;

function Mailbox({ who, sent, onReply }) {
  const { sandbox } = useDesk();
  const received = sandbox.mail.filter((mail) => addresses(mail.to).includes(who.email.toLowerCase()));
  const mine = sent.filter((mail) => mail.from.toLowerCase() === who.email.toLowerCase());
  const all = [...mine.map((mail) => ({ ...mail, mine: true })), ...received]
    .map((mail, order) => ({ ...mail, order: mail.mine ? mail.before : order - mine.length + 0.5 }))
    .sort((a, b) => a.order - b.order);
  return html`<section class="mailbox" aria-label=${`Mailbox of ${who.name || who.email}`}>
    <h3>Mailbox of ${who.name || who.email || "…"}</h3>
    ${!all.length && html`<div class="empty"><p class="empty-sign" aria-hidden="true">📭</p>
      <p>Nothing here yet. Send a mail with the form; the answer arrives here, by itself or once an agent approves it in Slack.</p></div>`}
    ${threads(all).map((mails) => html`<div class="mail-thread">
      ${mails.map((mail) => (mail.mine ? html`<${Sent} mail=${mail} />` : html`<${Received} mail=${mail} onReply=${onReply} />`))}
      ${!mails.some((mail) => !mail.mine) && html`<p class="quiet waiting">No answer yet. See what happens in Slack.</p>`}
    </div>`)}
  </section>`;
}

/** A label above its control; the label names the control by id, so that a select's options are not part of the name. */
function Field({ id, label, children }) {
  return html`<div class="form-field"><label for=${id}>${label}</label>${children}</div>`;
}

const BLANK = { subject: "", text: "", in_reply_to: "", references: "", to: "" };

function useForm(customers) {
  const [chosen, setChosen] = useState("");
  const [stranger, setStranger] = useState({ name: "Robin Example", email: "robin@example.com" });
  const [draft, setDraft] = useState(BLANK);
  const choice = chosen || customers[0]?.email || STRANGER;
  const who = customers.find((customer) => customer.email === choice) ?? stranger;
  return { choice, setChosen, stranger, setStranger, who, draft, edit: (part) => setDraft((before) => ({ ...before, ...part })) };
}

/** Example tickets by what a careful team would do; what the app makes of them is for it to show. */
const OUTCOMES = [
  ["send", "A careful team would send an answer"],
  ["review", "A careful team would look first"],
  ["escalate", "A careful team would escalate"],
  ["ignore", "A careful team would not answer"],
  ["", "Others"],
];

function Examples({ label, tickets, action }) {
  const fitting = [...tickets.entries()].filter(([, ticket]) => (ticket.expected?.action ?? "") === action);
  if (!fitting.length) return null;
  return html`<optgroup label=${label}>${fitting.map(([index, ticket]) =>
    html`<option value=${index}>${ticket.subject || ticket.text.slice(0, 60)}</option>`)}</optgroup>`;
}

function Writer({ form, tickets, customers, busy, onSend }) {
  const { choice, stranger, setStranger, draft, edit } = form;
  const typing = (key) => (event) => edit({ [key]: event.target.value });
  function useTicket(index) {
    const ticket = tickets[index];
    if (!ticket) return;
    const from = addressIn(ticket.from);
    if (customers.some((customer) => customer.email === from)) form.setChosen(from);
    edit({ ...BLANK, subject: ticket.subject ?? "", text: ticket.text });
  }
  return html`<form class="writer" onSubmit=${onSend} aria-label="Write as a customer">
    <h3>Write as a customer</h3>
    <${Field} id="mail-who" label="Customer"><select id="mail-who" class="field" onChange=${(event) => form.setChosen(event.target.value)}>
      ${customers.map((one) => html`<option value=${one.email} selected=${one.email === choice}>
        ${[one.name, one.company, one.plan].filter(Boolean).join(", ")}</option>`)}
      <option value=${STRANGER} selected=${choice === STRANGER}>Someone unknown</option></select><//>
    ${choice === STRANGER && html`<div class="pair">
      <${Field} id="mail-name" label="Name"><input id="mail-name" class="field" value=${stranger.name} onInput=${(event) => setStranger({ ...stranger, name: event.target.value })} /><//>
      <${Field} id="mail-from" label="Address"><input id="mail-from" class="field" type="email" required value=${stranger.email}
        onInput=${(event) => setStranger({ ...stranger, email: event.target.value })} /><//></div>`}
    ${tickets.length > 0 && html`<${Field} id="mail-example" label="Fill in an example"><select id="mail-example" class="field" value=""
      onChange=${(event) => useTicket(event.target.value === "" ? -1 : Number(event.target.value))}>
      <option value="">Choose…</option>
      ${OUTCOMES.map(([action, label]) => html`<${Examples} label=${label} tickets=${tickets} action=${action} />`)}</select><//>`}
    ${draft.in_reply_to && html`<p class="quiet">This answers a mail you received.${" "}
      <button type="button" class="link" onClick=${() => edit(BLANK)}>Write a new one instead</button></p>`}
    <${Field} id="mail-subject" label="Subject"><input id="mail-subject" class="field" required value=${draft.subject} onInput=${typing("subject")} /><//>
    <${Field} id="mail-text" label="Message"><textarea id="mail-text" class="field" rows="9" required value=${draft.text} onInput=${typing("text")}></textarea><//>
    <button type="submit" class=${`button primary ${busy ? "pending" : ""}`}>Send</button>
  </form>`;
}

/** What was sent lives as long as the page: the stand-in keeps what customers RECEIVE. */
let sentBefore = [];

export function MailView() {
  const { sandbox, attempt, tell } = useDesk();
  const customers = (sandbox.company.customers ?? []).filter((customer) => customer.email);
  const tickets = (sandbox.company.tickets ?? []).filter((ticket) => (ticket.channel ?? "email") === "email");
  const form = useForm(customers);
  const [sent, setSent] = useState(sentBefore);
  const [busy, setBusy] = useState(false);

  async function send(event) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const { name, email } = form.who;
    const filled = Object.fromEntries(Object.entries(form.draft).filter(([, value]) => value));
    const mail = { ...filled, from: email, name };
    if (await attempt(() => api.sendMail(mail).then(() => true))) {
      const received = sandbox.mail.filter((one) => addresses(one.to).includes(email.toLowerCase())).length;
      sentBefore = [...sent, { ...mail, before: received }];
      setSent(sentBefore);
      form.edit(BLANK);
      tell("Sent. Watch it arrive in the e-mail channel.", "good");
    }
    setBusy(false);
  }
  function reply(mail) {
    form.edit({ ...BLANK, ...replyTo(mail) });
    document.querySelector(".writer textarea")?.focus();
  }
  return html`<section class="pane" aria-label="Mail">
    <header class="pane-head"><h2>Mail</h2><span class="quiet">to ${sandbox.info.support ?? "support"}</span></header>
    <div class="mail-columns">
      <${Writer} form=${form} tickets=${tickets} customers=${customers} busy=${busy} onSend=${send} />
      <${Mailbox} who=${form.who} sent=${sent} onReply=${reply} />
    </div></section>`;
}
