// @ts-check
// Elements that one types into; the app may hear of each pause, or of Enter.
import { idOf, useField } from "./field.js";
import { html, useLayoutEffect, useRef } from "./html.js";

/** When a text in a field tells the app of itself; Slack's own choice is Enter. */
const tellsOn = (element, what) => (element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"]).includes(what);

/** Slack's focus_on_load, for a field that comes into an open dialog; one that is there at once waits for it to open. */
function useFocusOnLoad(wanted) {
  const field = useRef(null);
  // Not as the ref itself: those of a new block are set before the block stands in the page.
  useLayoutEffect(() => {
    if (wanted) field.current.focus();
  }, []);
  return field;
}

export function Text(props) {
  const { block, element } = props;
  const { content, change, keep, note, acts, pending } = useField(props);
  function onInput(event) {
    const tell = keep(event.target.value);
    if (acts && tellsOn(element, "on_character_entered")) props.surface.pauses?.soon(tell);
  }
  function onKeyDown(event) {
    if (event.key !== "Enter" || event.isComposing || element.multiline || !acts || !tellsOn(element, "on_enter_pressed")) return;
    event.preventDefault(); // It would send the form, too.
    props.surface.pauses?.drop();
    change(event.target.value);
  }
  const typed = typeof content === "object" ? "" : String(content ?? "");
  const field = useFocusOnLoad(element.focus_on_load);
  const shared = {
    id: idOf(block, element),
    value: typed,
    class: "field",
    "data-first": element.focus_on_load,
    ref: field,
    placeholder: element.placeholder?.text,
    maxLength: element.max_length,
    minLength: element.min_length,
    "aria-label": props.label ? undefined : element.placeholder?.text ?? "Text",
    "aria-invalid": props.surface.errors[block.block_id] ? "true" : undefined,
    "aria-busy": pending ? "true" : undefined,
    onInput,
    onKeyDown,
  };
  const kind = { email_text_input: "email", url_text_input: "url", number_input: "number" }[element.type] ?? "text";
  const control = element.multiline || element.type === "rich_text_input"
    ? html`<textarea rows="7" ...${shared}></textarea>`
    : html`<input type=${kind} min=${element.min_value} max=${element.max_value} ...${shared} />`;
  const counter = element.max_length && element.max_length - typed.length;
  return html`${control}${note}${element.max_length && html`<span class=${`counter ${counter < 50 ? "low" : ""}`}>
    ${counter} of ${element.max_length} characters left</span>`}`;
}
