// @ts-check
// What an input element holds, in the shape of Slack's `view.state.values`.

const OPTION_LISTS = new Set(["checkboxes", "multi_static_select", "multi_external_select"]);
const OPTIONS = new Set(["static_select", "radio_buttons", "external_select"]);
const FIELD = {
  file_input: ["files", "initial_files"],
  datepicker: ["selected_date", "initial_date"],
  timepicker: ["selected_time", "initial_time"],
  datetimepicker: ["selected_date_time", "initial_date_time"],
  users_select: ["selected_user", "initial_user"],
  multi_users_select: ["selected_users", "initial_users"],
  channels_select: ["selected_channel", "initial_channel"],
  multi_channels_select: ["selected_channels", "initial_channels"],
  conversations_select: ["selected_conversation", "initial_conversation"],
  multi_conversations_select: ["selected_conversations", "initial_conversations"],
};

/** Names the key of an element's value and the key of its initial value. @param {string} type */
function keys(type) {
  if (OPTION_LISTS.has(type)) return ["selected_options", "initial_options"];
  if (OPTIONS.has(type)) return ["selected_option", "initial_option"];
  return FIELD[type] ?? ["value", "initial_value"];
}

/** @param {{type: string}} element @param {unknown} content */
export const makeValue = (element, content) => ({ type: element.type, [keys(element.type)[0]]: content });

/** @param {{type: string}} element */
export function initialValue(element) {
  const [, initial] = keys(element.type);
  return makeValue(element, element[initial] ?? (initial === "initial_options" || initial === "initial_files" || element.type.startsWith("multi_") ? [] : null));
}

/** @param {{type: string}} element @param {Record<string, unknown>} value */
export const contentOf = (element, value) => value[keys(element.type)[0]] ?? null;

/** The short form the control API takes: the text, the id, or the value of the chosen option; one of the app's is sent whole. */
export function shortForm(element, value) {
  const content = contentOf(element, value);
  if (element.type.endsWith("external_select")) return content;
  if (Array.isArray(content)) return content.map((item) => item?.value ?? item);
  return content?.value ?? content;
}

/**
 * All values of a view in short form: what was typed, else the initial value (an untouched input is not null in Slack).
 * @param {any[]} blocks @param {Record<string, Record<string, object>>} typed
 */
export function allValues(blocks, typed) {
  const values = {};
  for (const block of blocks ?? []) {
    const elements = block.element ? [block.element] : [...(block.elements ?? []), block.accessory].filter(Boolean);
    for (const element of elements) {
      if (!element.action_id || !holdsValue(element.type)) continue;
      const value = typed[block.block_id]?.[element.action_id] ?? initialValue(element);
      values[block.block_id] ??= {};
      values[block.block_id][element.action_id] = shortForm(element, value);
    }
  }
  return values;
}

const TEXTS = new Set(["rich_text_input", "plain_text_input", "email_text_input", "url_text_input", "number_input"]);

/** @param {string} type */
export const holdsValue = (type) => TEXTS.has(type) || OPTIONS.has(type) || OPTION_LISTS.has(type) || type in FIELD;
