// @ts-check
// Whose phone one holds, shared by the text messages and the calls.
import { html, useState } from "./html.js";

const UNKNOWN = "unknown";
const STRANGER = "+447700900999";

/** Numbers as Twilio writes them. */
export const numberOf = (customer) => String(customer.phone ?? "").replace(/[^+\d]/g, "");

/** Who holds the phone lives as long as the page, so that both tabs are about the same customer. */
let chosenBefore = "";

/** @param {any[]} customers */
export function usePhone(customers) {
  const reachable = customers.filter((customer) => numberOf(customer));
  const [picked, setPicked] = useState(chosenBefore);
  const chosen = picked || (reachable[0] ? numberOf(reachable[0]) : UNKNOWN);
  const who = reachable.find((customer) => numberOf(customer) === chosen);
  const choose = (number) => {
    chosenBefore = number;
    setPicked(number);
  };
  return { reachable, chosen, choose, number: who ? chosen : STRANGER, name: who?.name ?? "Someone unknown" };
}

export function PhonePicker({ id, phone }) {
  const { reachable, chosen, choose } = phone;
  return html`<div class="form-field"><label for=${id}>Customer</label>
    <select id=${id} class="field" onChange=${(event) => choose(event.target.value)}>
      ${reachable.map((one) => html`<option value=${numberOf(one)} selected=${numberOf(one) === chosen}>
        ${[one.name, one.phone].join(", ")}</option>`)}
      <option value=${UNKNOWN} selected=${chosen === UNKNOWN}>Someone unknown, ${STRANGER}</option>
    </select></div>`;
}
