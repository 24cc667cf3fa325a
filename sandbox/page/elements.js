// @ts-check
// Elements that are pressed: buttons, menus, icons. Elements that hold a value are in inputs.js.
import { emoji } from "./emoji.js";
import { html } from "./html.js";
import { Menu } from "./menu.js";
import { usePress } from "./surface.js";
import { textObject } from "./mrkdwn.js";
import { placeOf } from "./place.js";
import { Picture } from "./picture.js";
import { INPUTS } from "./inputs.js";

const SAFE_URL = /^(?:https?|mailto|tel):/i;

function Button({ surface, block, element }) {
  const { pending, press, note } = usePress(surface, block, element);
  const look = `button ${element.style ?? ""} ${pending ? "pending" : ""}`;
  const label = textObject(element.text, surface.names);
  const onClick = () => !pending && press({ value: element.value });
  const within = placeOf(element.url ?? "");
  const control = element.url && SAFE_URL.test(element.url)
    ? html`<a class=${look} href=${within || element.url} target=${within ? undefined : "_blank"} rel="noopener noreferrer"
        aria-label=${element.accessibility_label} onClick=${onClick}>${label}</a>`
    : html`<button type="button" class=${look} aria-label=${element.accessibility_label}
        aria-busy=${pending ? "true" : undefined} aria-disabled=${pending ? "true" : undefined} onClick=${onClick}>${label}</button>`;
  return html`<span class="control">${control}${note}</span>`;
}

function Overflow({ surface, block, element }) {
  const { pending, press, note } = usePress(surface, block, element);
  const items = (element.options ?? []).map((option) => ({
    name: textObject(option.text, surface.names),
    act: () => press({ value: option.value, selected_option: option }),
  }));
  return html`<${Menu} label="More actions" sign="⋮" items=${items} pending=${pending} />${note}`;
}

function FeedbackButtons({ surface, block, element }) {
  const { pending, press, note } = usePress(surface, block, element);
  const one = (button, sign) => button && html`<button type="button" class=${`button icon ${pending ? "pending" : ""}`}
    title=${button.text?.text} aria-label=${button.accessibility_label ?? button.text?.text}
    onClick=${() => press({ value: button.value })}>${sign}</button>`;
  return html`<span class="control">${one(element.positive_button, "👍")}${one(element.negative_button, "👎")}${note}</span>`;
}

const ICONS = { trash: "wastebasket", bookmark: "bookmark", copy: "clipboard", edit: "pencil2", refresh: "repeat" };

function IconButton({ surface, block, element }) {
  const { pending, press, note } = usePress(surface, block, element);
  const label = element.accessibility_label ?? element.text?.text ?? element.icon;
  return html`<span class="control"><button type="button" class=${`button icon ${pending ? "pending" : ""}`} title=${element.text?.text}
    aria-label=${label} onClick=${() => press({ value: element.value })}>
    ${ICONS[element.icon] ? emoji(ICONS[element.icon]) : textObject(element.text, surface.names)}</button>${note}</span>`;
}

const Image = ({ element }) => html`<${Picture} image=${element} small=${true} />`;

const ELEMENTS = {
  button: Button,
  overflow: Overflow,
  feedback_buttons: FeedbackButtons,
  icon_button: IconButton,
  image: Image,
  ...INPUTS,
};

/** Any element of an actions block, an input or an accessory; one we do not know shows its JSON. */
export function Element({ surface, block, element, label }) {
  const Draw = Object.hasOwn(ELEMENTS, element?.type) ? ELEMENTS[element.type] : null;
  if (!Draw) return html`<${Unknown} what=${element} />`;
  return html`<${Draw} surface=${surface} block=${block} element=${element} label=${label} />`;
}

export function Unknown({ what, why = "This page cannot draw" }) {
  return html`<figure class="unknown">
    <figcaption>${why} “${String(what?.type ?? typeof what)}”</figcaption>
    <pre tabindex="0" role="group" aria-label="Its JSON">${JSON.stringify(what, null, 2)}</pre>
  </figure>`;
}
