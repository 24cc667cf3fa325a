// @ts-check
// The customers' calls: one calls by typing what is said, reads what is heard, and gets the answer as a text message.
import { api } from "./api.js";
import { useDesk } from "./desk.js";
import { html, useState } from "./html.js";
import { PhonePicker, usePhone } from "./phonebook.js";
import { Conversation } from "./sms.js";

const CLARITY = [[0.97, "clearly"], [0.6, "with noise on the line"], [0.2, "hardly to be understood"]];
const TRANSCRIPTS = [["completed", "comes"], ["failed", "fails"], ["never", "never comes"]];

function Talk({ call }) {
  return html`<ol class="talk" aria-label="The call" aria-live="polite">
    ${call.talk.map(({ who, text }) => html`<li class=${who === "app" ? "" : "mine"}>
      <strong>${who === "app" ? "Shop" : "You"}</strong> ${text}</li>`)}
    ${!call.awaits && html`<li class="quiet">${call.status === "no-answer" ? "Nobody picked up." : "The call is over."}</li>`}</ol>`;
}

function Choice({ id, label, options, value, onChange }) {
  return html`<div class="form-field"><label for=${id}>${label}</label>
    <select id=${id} class="field" onChange=${(event) => onChange(event.target.value)}>
      ${options.map(([key, words]) => html`<option value=${key} selected=${String(key) === String(value)}>${words}</option>`)}</select></div>`;
}

function Speaking({ call, go, busy }) {
  const [said, setSaid] = useState("");
  const [confidence, setConfidence] = useState("0.97");
  const [transcript, setTranscript] = useState("completed");
  const records = call.awaits === "recording";
  const say = async (event) => {
    event.preventDefault();
    if (said.trim() && (await go({ say: said, confidence: Number(confidence), transcript }))) setSaid("");
  };
  return html`<form class="speaking" onSubmit=${say} aria-label="Speak">
    <div class="form-field"><label for="call-say">${records ? "After the tone, say" : "Say"}</label>
      <textarea id="call-say" class="field" rows="2" value=${said} onInput=${(event) => setSaid(event.target.value)}></textarea></div>
    ${records
      ? html`<${Choice} id="call-transcript" label="The transcript" options=${TRANSCRIPTS} value=${transcript} onChange=${setTranscript} />`
      : html`<${Choice} id="call-clarity" label="It is heard" options=${CLARITY} value=${confidence} onChange=${setConfidence} />`}
    <div class="call-buttons">
      <button type="submit" class=${`button primary ${busy ? "pending" : ""}`}>Say it</button>
      <button type="button" class="button" onClick=${() => go({ silence: true })}>Say nothing</button>
      ${call.keys && ["1", "2"].map((key) => html`<button type="button" class="button" onClick=${() => go({ keys: key })}>Press ${key}</button>`)}
      <button type="button" class="button danger" onClick=${() => go({ hangup: true })}>Hang up</button>
    </div></form>`;
}

function Earlier({ calls }) {
  if (!calls.length) return null;
  return html`<details class="past-calls"><summary>${calls.length} earlier ${calls.length === 1 ? "call" : "calls"}</summary>
    ${calls.map((call) => html`<${Talk} key=${call.sid} call=${call} />`)}</details>`;
}

export function PhoneView() {
  const { sandbox, attempt } = useDesk();
  const phone = usePhone(sandbox.company.customers ?? []);
  const [busy, setBusy] = useState(false);
  const calls = sandbox.phone.calls.filter(({ from, to }) => from === phone.number || to === phone.number);
  const messages = sandbox.phone.sms.filter(({ to }) => to === phone.number);
  const call = calls[calls.length - 1];

  async function go(body) {
    if (busy) return false;
    setBusy(true);
    const done = await attempt(() => api.call(body).then(() => true));
    sandbox.refresh("phone");
    setBusy(false);
    return done;
  }
  return html`<section class="pane" aria-label="Phone">
    <header class="pane-head"><h2>Phone</h2><span class="quiet">calls to ${sandbox.info.number ?? "the shop"}</span></header>
    <div class="mail-columns">
      <div class="writer">
        <h3>Call as a customer</h3>
        <${PhonePicker} id="call-who" phone=${phone} />
        ${!call?.awaits && html`<button type="button" class=${`button primary ${busy ? "pending" : ""}`} onClick=${() => go({ from: phone.number })}>Call the shop</button>`}
        ${call && html`<${Talk} call=${call} />`}
        ${call?.awaits && html`<${Speaking} key=${call.sid} call=${call} busy=${busy} go=${(body) => go({ sid: call.sid, ...body })} />`}
        <${Earlier} calls=${calls.slice(0, -1)} />
      </div>
      <section class="mailbox" aria-label=${`Text messages to ${phone.name}`}><h3>Text messages to ${phone.name}</h3>
        <${Conversation} name=${phone.name} messages=${messages}
          empty="Nothing here yet. After a call the answer arrives here as a text message." />
      </section>
    </div></section>`;
}
