// @ts-check
// The customers' text messages: write to the shop's number as a customer, and read what comes back.
import { api } from "./api.js";
import { useDesk } from "./desk.js";
import { html, useEffect, useRef, useState } from "./html.js";
import { PhonePicker, usePhone } from "./phonebook.js";

const FATE = { queued: "on its way", sent: "sent", delivered: "delivered", undelivered: "not delivered", failed: "failed" };

const fate = ({ status, error_code: code }) => `${FATE[status] ?? status}${code ? ` (${code})` : ""}`;

function Bubble({ message }) {
  const mine = message.direction === "inbound";
  return html`<li class=${`bubble ${mine ? "mine" : ""} ${message.error_code ? "lost" : ""}`}>
    ${message.body && html`<p>${message.body}</p>`}
    ${message.media.map(({ type, url }) => html`<p class="quiet" title=${url}>📎 ${type}</p>`)}
    ${!mine && html`<span class="quiet">${fate(message)}</span>`}</li>`;
}

export function Conversation({ name, messages, empty }) {
  const end = useRef(null);
  useEffect(() => end.current?.scrollIntoView?.({ block: "nearest" }), [messages.length]);
  if (!messages.length) return html`<div class="empty"><p class="empty-sign" aria-hidden="true">📱</p><p>${empty}</p></div>`;
  return html`<ol class="bubbles" aria-label=${`Text messages of ${name}`} aria-live="polite">
    ${messages.map((message) => html`<${Bubble} key=${message.sid} message=${message} />`)}<li ref=${end} class="end"></li></ol>`;
}

const LINES = [["", "Text message"], ["whatsapp:", "WhatsApp"]];

function Line({ line, setLine }) {
  return html`<fieldset class="sent-by"><legend>Sent by</legend>
    ${LINES.map(([value, label]) => html`<label><input type="radio" name="line" value=${value} checked=${line === value}
      onChange=${() => setLine(value)} /> ${label}</label>`)}</fieldset>`;
}

const PHOTO = [{ type: "image/png" }];

const TRY = ["How do I reset my password?", "can i get an invoice with our vat number", "STOP", "START"];

export function SmsView() {
  const { sandbox, attempt } = useDesk();
  const phone = usePhone(sandbox.company.customers ?? []);
  const [line, setLine] = useState("");
  const [text, setText] = useState("");
  const [photo, setPhoto] = useState(false);
  const [busy, setBusy] = useState(false);
  const address = `${line}${phone.number}`;
  const messages = sandbox.phone.sms.filter(({ from, to }) => from === address || to === address);

  async function send(event) {
    event.preventDefault();
    if (busy || !(text.trim() || photo)) return;
    setBusy(true);
    const name = line ? phone.name : "";
    const said = { from: address, text, name, ...(photo ? { media: PHOTO } : {}) };
    if (await attempt(() => api.text(said).then(() => true))) {
      setText("");
      setPhoto(false);
    }
    setBusy(false);
  }
  return html`<section class="pane" aria-label="Text messages">
    <header class="pane-head"><h2>Text messages</h2><span class="quiet">to ${sandbox.info.number ?? "the shop"}</span></header>
    <div class="mail-columns">
      <form class="writer" onSubmit=${send} aria-label="Text as a customer">
        <h3>Text as a customer</h3>
        <${PhonePicker} id="sms-who" phone=${phone} />
        <${Line} line=${line} setLine=${setLine} />
        <div class="form-field"><label for="sms-text">Message</label>
          <textarea id="sms-text" class="field" rows="4" required=${!photo} maxlength="1600" value=${text}
            onInput=${(event) => setText(event.target.value)}></textarea></div>
        <label class="photo"><input type="checkbox" checked=${photo} onChange=${(event) => setPhoto(event.target.checked)} /> With a photo</label>
        <button type="submit" class=${`button primary ${busy ? "pending" : ""}`}>Send</button>
        <div class="tries"><span class="quiet">Try</span>${TRY.map((words) => html`<button type="button" class="link" onClick=${() => setText(words)}>${words}</button>`)}</div>
      </form>
      <section class="mailbox" aria-label=${`Phone of ${phone.name}`}><h3>Phone of ${phone.name}</h3>
        <${Conversation} name=${phone.name} messages=${messages}
          empty="Nothing here yet. Text the shop; the answer arrives here, by itself or once an agent approves it in Slack." />
      </section>
    </div></section>`;
}
