// @ts-check
// Elements that hold a value. Native controls: keyboard and screen readers work as people know them.
import { idOf, useField } from "./field.js";
import { html, useRef, useState } from "./html.js";
import { textObject } from "./mrkdwn.js";
import { Text } from "./textfield.js";

const NOTHING = "";

/** A native select; `options` are {value, label, group?}. */
function Select({ options, multiple, chosen, onChoose, props, pending, note }) {
  const { block, element, label, surface } = props;
  const groups = [...new Set(options.map((option) => option.group))];
  const draw = (option) => html`<option value=${option.value} selected=${chosen.includes(option.value)}>${option.label}</option>`;
  return html`<span class="control"><select id=${idOf(block, element)} class=${`field ${pending ? "pending" : ""}`} multiple=${multiple}
    aria-label=${label ? undefined : element.placeholder?.text ?? "Choose"} aria-busy=${pending ? "true" : undefined}
    aria-invalid=${surface.errors[block.block_id] ? "true" : undefined}
    onChange=${(event) => onChoose([...event.target.selectedOptions].map((option) => option.value))}>
    ${!multiple && html`<option value=${NOTHING} selected=${!chosen.length}>${element.placeholder?.text ?? "Choose…"}</option>`}
    ${groups.map((group) => {
      const drawn = options.filter((option) => option.group === group).map(draw);
      return group ? html`<optgroup label=${group}>${drawn}</optgroup>` : drawn;
    })}
  </select>${note}</span>`;
}

const optionsOf = (element) => [
  ...(element.options ?? []).map((option) => ({ option })),
  ...(element.option_groups ?? []).flatMap((group) => group.options.map((option) => ({ option, group: group.label?.text }))),
];

function StaticSelect(props) {
  const { element, surface } = props;
  const field = useField(props);
  const multiple = element.type === "multi_static_select";
  const known = optionsOf(element);
  const chosen = [field.content].flat().filter(Boolean).map((option) => option.value);
  const options = known.map(({ option, group }) => ({ value: option.value, label: textObject(option.text, surface.names), group }));
  function choose(values) {
    const picked = known.map(({ option }) => option).filter((option) => values.includes(option.value));
    field.change(multiple ? picked : picked[0] ?? null);
  }
  return html`<${Select} ...${field} props=${props} options=${options} multiple=${multiple} chosen=${chosen} onChoose=${choose} />`;
}

/** Picks users or Slack channels by id. */
function IdSelect(props) {
  const { element, surface } = props;
  const field = useField(props);
  const multiple = element.type.startsWith("multi_");
  const options = element.type.includes("users")
    ? surface.users.map((user) => ({ value: user.id, label: surface.names.user(user.id) }))
    : surface.channels.map((channel) => ({ value: channel.id, label: `#${channel.name}` }));
  const choose = (values) => field.change(multiple ? values : values[0] || null);
  return html`<${Select} ...${field} props=${props} options=${options} multiple=${multiple}
    chosen=${[field.content].flat().filter(Boolean)} onChoose=${choose} />`;
}

const SOON_MS = 200;

/** Asks the app what a select offers, a moment after the last letter. */
function useOffers({ surface, block, element }) {
  const [offers, setOffers] = useState([]);
  const [said, setSaid] = useState("");
  const asked = useRef(0);
  const timer = useRef(0);
  const least = element.min_query_length ?? 3;
  async function ask(text) {
    const mine = ++asked.current;
    if (text.length < least) {
      setOffers([]);
      setSaid(`Type at least ${least} ${least === 1 ? "letter" : "letters"}.`);
      return;
    }
    setSaid("Searching…");
    try {
      const answer = await surface.suggest({ action_id: element.action_id, block_id: block.block_id, text });
      if (mine !== asked.current) return;
      const found = optionsOf(answer);
      setOffers(found);
      setSaid(found.length ? `${found.length} found` : "Nothing found.");
    } catch (error) {
      if (mine === asked.current) setSaid(error.message);
    }
  }
  const soon = (text) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => ask(text), SOON_MS);
  };
  return { offers, said, soon, least, clear: () => { asked.current += 1; setOffers([]); setSaid(""); } };
}

/** A select whose options come from the app: type, then pick with the arrow keys or the mouse. */
function ExternalSelect(props) {
  const { element, surface, block, label } = props;
  const field = useField(props);
  const multiple = element.type.startsWith("multi_");
  const chosen = [field.content].flat().filter(Boolean);
  const { offers, said, soon, least, clear } = useOffers(props);
  const [text, setText] = useState(null);
  const [at, setAt] = useState(0);
  const list = `${idOf(block, element)}-offers`;
  const named = (option) => option?.text?.text ?? "";
  function pick(option) {
    field.change(multiple ? [...chosen.filter((one) => one.value !== option.value), option] : option);
    setText(null);
    clear();
  }
  const drop = (option) => field.change(multiple ? chosen.filter((one) => one.value !== option.value) : null);
  const typed = (event) => {
    setText(event.target.value);
    setAt(0);
    soon(event.target.value);
  };
  function onKeyDown(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && offers.length) setAt((at + step + offers.length) % offers.length);
    else if (event.key === "Enter" && offers[at]) pick(offers[at].option);
    else if (event.key === "Escape" && text !== null) {
      setText(null);
      clear();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
  return html`<span class="control search">
    ${multiple && chosen.map((option) => html`<button type="button" class="chip" onClick=${() => drop(option)}
      aria-label=${`Take away ${named(option)}`}>${named(option)} <span aria-hidden="true">✕</span></button>`)}
    <input class=${`field ${field.pending ? "pending" : ""}`} id=${idOf(block, element)} role="combobox" autocomplete="off"
      aria-expanded=${String(offers.length > 0)} aria-controls=${list} aria-autocomplete="list"
      aria-activedescendant=${offers.length ? `${list}-${at}` : undefined}
      aria-label=${label ? undefined : element.placeholder?.text ?? "Search"} placeholder=${element.placeholder?.text ?? "Search"}
      aria-invalid=${surface.errors[block.block_id] ? "true" : undefined}
      value=${text ?? (multiple ? "" : named(chosen[0]))} onInput=${typed} onKeyDown=${onKeyDown}
      onFocus=${() => least === 0 && soon("")} onBlur=${clear} />
    <span class="menu offers" role="listbox" id=${list} aria-label="Found" hidden=${!offers.length}>
      ${offers.map(({ option, group }, index) => html`${group && group !== offers[index - 1]?.group
        ? html`<span class="offer-group" role="presentation">${group}</span>` : ""}
        <span role="option" id=${`${list}-${index}`} aria-selected=${String(index === at)}
          onPointerDown=${(event) => { event.preventDefault(); pick(option); }}>${textObject(option.text, surface.names)}
          ${option.description && html`<small>${textObject(option.description, surface.names)}</small>`}</span>`)}
    </span>
    <small class="hint" role="status">${text === null ? "" : said}</small>${field.note}</span>`;
}

/** Checkboxes and radio buttons: one fieldset of options. */
function Choices(props) {
  const { block, element, surface, label } = props;
  const { content, change, note } = useField(props);
  const many = element.type === "checkboxes";
  const chosen = [content].flat().filter(Boolean).map((option) => option.value);
  function toggle(option, on) {
    if (!many) return change(option);
    const values = on ? [...chosen, option.value] : chosen.filter((value) => value !== option.value);
    return change(element.options.filter(({ value }) => values.includes(value)));
  }
  return html`<fieldset class="choices" aria-label=${label ?? "Options"}>
    ${(element.options ?? []).map((option) => html`<label>
      <input type=${many ? "checkbox" : "radio"} name=${idOf(block, element)} value=${option.value}
        checked=${chosen.includes(option.value)} onChange=${(event) => toggle(option, event.target.checked)} />
      <span>${textObject(option.text, surface.names)}
        ${option.description && html`<small>${textObject(option.description, surface.names)}</small>`}</span>
    </label>`)}
    ${note}
  </fieldset>`;
}

const KINDS = { datepicker: "date", timepicker: "time", datetimepicker: "datetime-local" };

/** A Unix time as the text a datetime-local field wants, in local time. */
function localMinute(seconds) {
  const date = new Date(seconds * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function When(props) {
  const { block, element, label } = props;
  const { content, change, note } = useField(props);
  const seconds = element.type === "datetimepicker";
  const shown = seconds && content ? localMinute(content) : content ?? "";
  const read = (text) => (text && seconds ? Math.floor(new Date(text).getTime() / 1000) : text || null);
  return html`<span class="control"><input type=${KINDS[element.type]} class="field" id=${idOf(block, element)} value=${shown}
    aria-label=${label ? undefined : element.placeholder?.text ?? "Date"} onChange=${(event) => change(read(event.target.value))} />${note}</span>`;
}

const base64 = async (file) => btoa(Array.from(new Uint8Array(await file.arrayBuffer()), (octet) => String.fromCharCode(octet)).join(""));

/** Files are taken in as they are picked, as in Slack; the form carries what the stand-in calls them. */
function Files(props) {
  const { block, element, surface, label } = props;
  const { content, change, note } = useField(props);
  const [said, setSaid] = useState("");
  async function pick(event) {
    const picked = [...event.target.files];
    const most = element.max_files ?? 10;
    if (picked.length > most) return setSaid(`Pick at most ${most}.`);
    setSaid("Uploading …");
    try {
      change(await Promise.all(picked.map((file) => surface.upload(file.name, () => base64(file)))));
      setSaid("");
    } catch (error) {
      setSaid(error.message);
    }
  }
  const names = (content ?? []).map((file) => file.name).join(", ");
  return html`<span class="control"><input type="file" class="field" id=${idOf(block, element)} multiple=${element.max_files !== 1}
    accept=${element.filetypes?.map((ending) => `.${ending}`).join(",")} aria-label=${label ? undefined : "Files"} onChange=${pick} />
    <small class="hint" role="status">${said || names}</small>${note}</span>`;
}

export const INPUTS = {
  file_input: Files,
  plain_text_input: Text,
  email_text_input: Text,
  url_text_input: Text,
  number_input: Text,
  static_select: StaticSelect,
  multi_static_select: StaticSelect,
  users_select: IdSelect,
  multi_users_select: IdSelect,
  rich_text_input: Text,
  external_select: ExternalSelect,
  multi_external_select: ExternalSelect,
  channels_select: IdSelect,
  multi_channels_select: IdSelect,
  conversations_select: IdSelect,
  multi_conversations_select: IdSelect,
  checkboxes: Choices,
  radio_buttons: Choices,
  datepicker: When,
  timepicker: When,
  datetimepicker: When,
};

/** Whether a <label for> can point at the element; groups name themselves. */
export const takesLabel = (element) => element.type in INPUTS && INPUTS[element.type] !== Choices;
