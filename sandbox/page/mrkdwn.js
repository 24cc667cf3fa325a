// @ts-check
// Slack's mrkdwn -> virtual nodes. Text stays text: entities are decoded once and nothing is ever parsed as HTML.
import { emojify } from "./emoji.js";
import { html } from "./html.js";
import { formatDate } from "./dates.js";
import { placeOf } from "./place.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };

/** @param {string} text */
export const decode = (text) => text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity]);

const plain = (text) => emojify(decode(text));

const SAFE = /^(?:https?:|mailto:|tel:)/i;

/** @param {string} url @param {unknown} label */
export function link(url, label) {
  if (!SAFE.test(url)) return label;
  if (placeOf(url)) return html`<a href=${placeOf(url)}>${label}</a>`;
  return html`<a href=${url} target="_blank" rel="noopener noreferrer">${label}</a>`;
}

const WORD = "\\p{L}\\p{N}";
const marked = (name, mark) =>
  `(?<![${WORD}${mark}])[${mark}](?<${name}>(?!\\s)[^${mark}\\n]+?(?<!\\s))[${mark}](?![${WORD}${mark}])`;
const INLINE = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "<(?<angle>[^<>\\n]+)>",
    marked("bold", "*"),
    marked("italic", "_"),
    marked("strike", "~"),
    "(?<url>https?:\\/\\/[^\\s<>]*[^\\s<>.,;:!?)\"'\\]])",
  ].join("|"),
  "gu",
);

/** @param {string} body @param {string} label */
function broadcast(body, label) {
  if (body.startsWith("!date^")) {
    const [, seconds, format, url] = body.split("^");
    const text = formatDate(Number(seconds), format) ?? plain(label || format || body);
    return url ? link(decode(url), text) : html`<time>${text}</time>`;
  }
  const name = label || body.slice(1).split("^")[0];
  return html`<span class="mention">${name.startsWith("@") ? plain(name) : `@${plain(name)}`}</span>`;
}

/** What stands between < and >. */
function angle(inner, names) {
  const bar = inner.indexOf("|");
  const body = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? "" : inner.slice(bar + 1);
  if (body.startsWith("@")) return html`<span class="mention">@${label || names.user(body.slice(1))}</span>`;
  if (body.startsWith("#")) {
    return html`<a class="mention" href=${`#channel/${body.slice(1)}`}>#${label || names.channel(body.slice(1))}</a>`;
  }
  if (body.startsWith("!")) return broadcast(body, label);
  if (!SAFE.test(body)) return plain(`<${inner}>`);
  return link(decode(body), plain(label) || decode(body).replace(/^mailto:/, ""));
}

function inlineNode(groups, names) {
  if (groups.code !== undefined) return html`<code>${decode(groups.code)}</code>`;
  if (groups.angle !== undefined) return angle(groups.angle, names);
  if (groups.bold !== undefined) return html`<strong>${inline(groups.bold, names)}</strong>`;
  if (groups.italic !== undefined) return html`<em>${inline(groups.italic, names)}</em>`;
  if (groups.strike !== undefined) return html`<s>${inline(groups.strike, names)}</s>`;
  return link(decode(groups.url), decode(groups.url));
}

/** One line of mrkdwn. @param {string} text */
export function inline(text, names) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > end) nodes.push(plain(text.slice(end, match.index)));
    nodes.push(inlineNode(match.groups, names));
    end = match.index + match[0].length;
  }
  if (end < text.length) nodes.push(plain(text.slice(end)));
  return nodes;
}

const QUOTE = /^(?:>|&gt;) ?/;

/** Quoted and plain lines, each run of one kind together. */
function runs(text) {
  const found = [];
  for (const line of text.split("\n")) {
    const quoted = QUOTE.test(line);
    const last = found[found.length - 1];
    const bare = quoted ? line.replace(QUOTE, "") : line;
    if (last && last.quoted === quoted) last.lines.push(bare);
    else found.push({ quoted, lines: [bare] });
  }
  return found;
}

const BLANK_LINES = /\n(?:[^\S\n]*\n)+/;

/** Lines of one run; like Slack, a blank line is a small gap rather than a line. */
function body(lines, names) {
  const parts = lines.join("\n").replace(/^\n+|\n+$/g, "").split(BLANK_LINES);
  return parts.length > 1 ? parts.map((part) => html`<p>${inline(part, names)}</p>`) : inline(parts[0], names);
}

function paragraphs(text, names) {
  return runs(text.replace(/^\n|\n$/g, "")).map((run) => {
    const said = body(run.lines, names);
    return run.quoted ? html`<blockquote>${said}</blockquote>` : html`<div class="lines">${said}</div>`;
  });
}

/**
 * A whole mrkdwn text: fenced code, quotes and lines.
 * @param {unknown} text @param {{user(id: string): string, channel(id: string): string}} names
 */
export function mrkdwn(text, names) {
  const parts = String(text ?? "").split(/```\n?([\s\S]*?)\n?```/);
  return parts.map((part, index) => {
    if (index % 2) return html`<pre>${decode(part)}</pre>`;
    return part.trim() ? paragraphs(part, names) : null;
  });
}

/** A text object of either type. */
export function textObject(text, names) {
  if (text === undefined || text === null) return null;
  if (typeof text === "string") return emojify(text);
  if (text.type === "mrkdwn") return mrkdwn(text.text, names);
  return text.emoji === false ? String(text.text ?? "") : emojify(String(text.text ?? ""));
}
