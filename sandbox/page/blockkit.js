// @ts-check
// Block Kit -> virtual nodes. A block nobody knows, or one that cannot be drawn, is a grey box with its JSON.
import { Chart } from "./chart.js";
import { Element, Unknown } from "./elements.js";
import { idOf } from "./field.js";
import { Component, html, useRef, useState } from "./html.js";
import { takesLabel } from "./inputs.js";
import { markdown } from "./markdown.js";
import { textObject } from "./mrkdwn.js";
import { Picture } from "./picture.js";
import { richText } from "./richtext.js";

const Header = ({ block, surface }) => html`<h3 class="block-header">${textObject(block.text, surface.names)}</h3>`;

function Section({ block, surface }) {
  return html`<div class=${`section ${block.accessory ? "with-accessory" : ""}`}>
    <div class="section-text">
      ${textObject(block.text, surface.names)}
      ${block.fields && html`<div class="fields">
        ${block.fields.map((field) => html`<div>${textObject(field, surface.names)}</div>`)}</div>`}
    </div>
    ${block.accessory && html`<${Element} surface=${surface} block=${block} element=${block.accessory} />`}
  </div>`;
}

function Context({ block, surface }) {
  return html`<div class="context">${(block.elements ?? []).map((element) => element.type === "image"
    ? html`<${Picture} image=${element} small=${true} />`
    : html`<div>${textObject(element, surface.names)}</div>`)}</div>`;
}

const Actions = ({ block, surface }) => html`<div class="actions">
  ${(block.elements ?? []).map((element) => html`<${Element} surface=${surface} block=${block} element=${element} />`)}</div>`;

function Input({ block, surface }) {
  const label = block.label?.text ?? "";
  const error = surface.errors[block.block_id];
  const name = html`${textObject(block.label, surface.names)}${block.optional && html` <small>(optional)</small>`}`;
  return html`<div class=${`input ${error ? "invalid" : ""}`}>
    ${takesLabel(block.element)
      ? html`<label class="input-label" for=${idOf(block, block.element)}>${name}</label>`
      : html`<div class="input-label">${name}</div>`}
    <${Element} surface=${surface} block=${block} element=${block.element} label=${label} />
    ${error && html`<p class="input-error" role="alert">${error}</p>`}
    ${block.hint && html`<p class="hint">${textObject(block.hint, surface.names)}</p>`}
  </div>`;
}

const Image = ({ block, surface }) => html`<figure class="image">
  ${block.title && html`<figcaption>${textObject(block.title, surface.names)}</figcaption>`}
  <${Picture} image=${block} /></figure>`;

const cellText = (cell, names) => (cell?.type === "rich_text" ? richText(cell, names) : String(cell?.text ?? cell?.value ?? ""));

function Table({ block, surface }) {
  const align = (column) => `align-${block.column_settings?.[column]?.align ?? "left"}`;
  const [head, ...rows] = block.rows;
  return html`<div class="table-wrap" role="group" aria-label="Table" tabindex="0"><table>
    <thead><tr>${head.map((cell, column) => html`<th scope="col" class=${align(column)}>${cellText(cell, surface.names)}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>
      ${row.map((cell, column) => html`<td class=${align(column)}>${cellText(cell, surface.names)}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

const LEVELS = { info: "ℹ️", warning: "⚠️", error: "⛔", success: "✅", default: "🔔" };

function Alert({ block, surface }) {
  const level = Object.hasOwn(LEVELS, block.level) ? block.level : "default";
  return html`<div class=${`alert ${level}`}><span aria-hidden="true">${LEVELS[level]}</span>
    <div>${textObject(block.text, surface.names)}</div></div>`;
}

function Card({ block, surface }) {
  return html`<div class="card">
    ${block.hero_image && html`<${Picture} image=${block.hero_image} />`}
    <div class="card-head">
      ${block.icon && html`<${Picture} image=${block.icon} small=${true} />`}
      <div>${block.title && html`<div class="card-title">${textObject(block.title, surface.names)}</div>`}
        ${block.subtitle && html`<div class="card-subtitle">${textObject(block.subtitle, surface.names)}</div>`}</div>
    </div>
    ${block.body && html`<div class="card-body">${textObject(block.body, surface.names)}</div>`}
    ${block.actions && html`<${Actions} block=${{ ...block, elements: block.actions }} surface=${surface} />`}
  </div>`;
}

const Carousel = ({ block, surface }) => html`<div class="carousel">
  ${(block.elements ?? []).map((card) => html`<${Block} block=${card} surface=${surface} />`)}</div>`;

function Container({ block, surface }) {
  const title = block.title ? textObject(block.title, surface.names) : richText(block.rich_text_title, surface.names);
  const inside = (block.child_blocks ?? []).map((child) => html`<${Block} block=${child} surface=${surface} />`);
  const head = html`${title}${block.subtitle && html`<div class="card-subtitle">${textObject(block.subtitle, surface.names)}</div>`}`;
  if (!block.is_collapsible) return html`<div class="card"><div class="card-title">${head}</div>${inside}</div>`;
  return html`<details class="card" open=${!block.default_collapsed}><summary class="card-title">${head}</summary>${inside}</details>`;
}

const BLOCKS = {
  header: Header,
  section: Section,
  context: Context,
  divider: () => html`<hr />`,
  actions: Actions,
  context_actions: Actions,
  input: Input,
  image: Image,
  rich_text: ({ block, surface }) => html`<div class="rich-text">${richText(block, surface.names)}</div>`,
  markdown: ({ block }) => html`<div class="markdown">${markdown(block.text)}</div>`,
  table: Table,
  alert: Alert,
  card: Card,
  carousel: Carousel,
  data_visualization: Chart,
  data_table: Table,
  container: Container,
};

/** Draws one block; whatever goes wrong inside it stays inside it. */
class Block extends Component {
  static getDerivedStateFromError() {
    return { failed: true };
  }

  componentWillReceiveProps(next) {
    if (next.block !== this.props.block) this.setState({ failed: false });
  }

  render({ block, surface }, { failed }) {
    const Draw = Object.hasOwn(BLOCKS, block?.type) ? BLOCKS[block.type] : null;
    if (failed || !Draw) return html`<${Unknown} what=${block} why=${failed ? "This block is malformed:" : undefined} />`;
    return html`<${Draw} block=${block} surface=${surface} />`;
  }
}

/** @param {{blocks: any[], surface: import("./surface.js").Surface}} props */
/** A block stays itself by its id when others come before it, so that a question that is open there stays open. */
const keyOf = (block, index) => `${block?.block_id ?? index}-${block?.type}`;

export function Blocks({ blocks, surface }) {
  return html`<div class="blocks">
    ${blocks.map((block, index) => html`<${Block} key=${keyOf(block, index)} block=${block} surface=${surface} />`)}
  </div>`;
}

/** What was typed on a surface, by block and action; `newest` holds it at once, before anything is drawn anew. */
export function useTyped(before = {}) {
  const [typed, setTyped] = useState(before);
  const newest = useRef(typed);
  function type(block_id, action_id, value) {
    newest.current = { ...newest.current, [block_id]: { ...newest.current[block_id], [action_id]: value } };
    setTyped(newest.current);
  }
  return { typed, type, newest };
}
