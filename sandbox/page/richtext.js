// @ts-check
// The `rich_text` block and the inline parts it is made of.
import { formatDate } from "./dates.js";
import { emoji } from "./emoji.js";
import { html } from "./html.js";
import { link } from "./mrkdwn.js";

function styled(node, style = {}) {
  if (style.code) node = html`<code>${node}</code>`;
  if (style.bold) node = html`<strong>${node}</strong>`;
  if (style.italic) node = html`<em>${node}</em>`;
  if (style.strike) node = html`<s>${node}</s>`;
  if (style.underline) node = html`<u>${node}</u>`;
  return node;
}

const mention = (text) => html`<span class="mention">${text}</span>`;

const PARTS = {
  text: (part) => part.text,
  link: (part) => link(String(part.url), part.text || part.url),
  emoji: (part) => emoji(String(part.name)),
  user: (part, names) => mention(`@${names.user(part.user_id)}`),
  channel: (part, names) => mention(`#${names.channel(part.channel_id)}`),
  usergroup: (part) => mention(`@${part.usergroup_id}`),
  broadcast: (part) => mention(`@${part.range}`),
  date: (part) => html`<time>${formatDate(Number(part.timestamp), part.format) ?? part.fallback ?? ""}</time>`,
  color: (part) => html`<code>${part.value}</code>`,
};

function parts(elements, names) {
  return (elements ?? []).map((part) => {
    const draw = PARTS[part.type];
    return draw ? styled(draw(part, names), part.style) : html`<code>${JSON.stringify(part)}</code>`;
  });
}

function list(element, names) {
  const items = (element.elements ?? []).map((item) => html`<li>${parts(item.elements, names)}</li>`);
  const indent = `indent-${Math.min(element.indent ?? 0, 4)}`;
  return element.style === "ordered" ? html`<ol class=${indent}>${items}</ol>` : html`<ul class=${indent}>${items}</ul>`;
}

const SECTIONS = {
  rich_text_section: (element, names) => html`<div class="lines">${parts(element.elements, names)}</div>`,
  rich_text_quote: (element, names) => html`<blockquote>${parts(element.elements, names)}</blockquote>`,
  rich_text_preformatted: (element, names) => html`<pre>${parts(element.elements, names)}</pre>`,
  rich_text_list: list,
};

/** @param {{elements?: any[]}} block */
export function richText(block, names) {
  return (block.elements ?? []).map((element) => {
    const draw = SECTIONS[element.type];
    return draw ? draw(element, names) : html`<pre class="unknown">${JSON.stringify(element, null, 2)}</pre>`;
  });
}
