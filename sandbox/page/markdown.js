// @ts-check
// The `markdown` block: the small part of Markdown that Slack draws. Unknown syntax stays readable text.
import { emojify } from "./emoji.js";
import { html } from "./html.js";
import { link } from "./mrkdwn.js";

const INLINE = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "\\[(?<label>[^\\]\\n]+)\\]\\((?<target>[^)\\s]+)\\)",
    "(?:\\*\\*(?<bold>[^\\n]+?)\\*\\*|__(?<bold2>[^\\n]+?)__)",
    "~~(?<strike>[^\\n]+?)~~",
    "(?<![\\p{L}\\p{N}*])\\*(?<italic>(?!\\s)[^*\\n]+?(?<!\\s))\\*",
    "(?<![\\p{L}\\p{N}_])_(?<italic2>(?!\\s)[^_\\n]+?(?<!\\s))_(?![\\p{L}\\p{N}_])",
    "(?<url>https?:\\/\\/[^\\s<>]*[^\\s<>.,;:!?)\"'\\]])",
  ].join("|"),
  "gu",
);

function inlineNode(found) {
  if (found.code !== undefined) return html`<code>${found.code}</code>`;
  if (found.label !== undefined) return link(found.target, inline(found.label));
  const bold = found.bold ?? found.bold2;
  if (bold !== undefined) return html`<strong>${inline(bold)}</strong>`;
  if (found.strike !== undefined) return html`<s>${inline(found.strike)}</s>`;
  const italic = found.italic ?? found.italic2;
  if (italic !== undefined) return html`<em>${inline(italic)}</em>`;
  return link(found.url, found.url);
}

/** @param {string} text */
function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(emojify(text.slice(end, match.index)), inlineNode(match.groups));
    end = match.index + match[0].length;
  }
  nodes.push(emojify(text.slice(end)));
  return nodes;
}

const BULLET = /^\s*[-*+]\s+/;
const NUMBER = /^\s*\d+[.)]\s+/;
const TABLE_RULE = /^\s*\|?\s*:?-{3,}:?\s*(\|\s*:?-{3,}:?\s*)*\|?\s*$/;

/** Takes lines while they fit. @param {string[]} lines @param {(line: string) => boolean} fits */
function takeWhile(lines, fits) {
  const taken = [];
  while (lines.length && fits(lines[0])) taken.push(lines.shift());
  return taken;
}

function listItem(text) {
  const task = /^\[( |x|X)\]\s+/.exec(text);
  if (!task) return html`<li>${inline(text)}</li>`;
  return html`<li class="task">${task[1] === " " ? "☐" : "☑"} ${inline(text.slice(task[0].length))}</li>`;
}

const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());

function table(lines) {
  const [head, , ...rows] = lines.map(cells);
  return html`<div class="table-wrap" role="group" aria-label="Table" tabindex="0"><table>
    <thead><tr>${head.map((cell) => html`<th scope="col">${inline(cell)}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${inline(cell)}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

function fence(lines) {
  lines.shift();
  const code = takeWhile(lines, (line) => !/^\s*```/.test(line));
  lines.shift();
  return html`<pre>${code.join("\n")}</pre>`;
}

const stripped = (taken, pattern) => taken.map((line) => line.replace(pattern, ""));

const STARTS_BLOCK = /^(\s*```|#{1,6}\s|\s*>|\s*([-*_])(\s*\2){2,}\s*$)/;
const plainLine = (line) => line.trim() !== "" && !STARTS_BLOCK.test(line) && !BULLET.test(line) && !NUMBER.test(line);

/** Reads one block from the front of `lines`. @param {string[]} lines */
function nextBlock(lines) {
  const line = lines[0];
  if (/^\s*```/.test(line)) return fence(lines);
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) return lines.shift() && html`<hr />`;
  const heading = /^(#{1,6})\s+(.*)$/.exec(line);
  if (heading) return lines.shift() && html`<p class=${`md-heading level-${heading[1].length}`}>${inline(heading[2])}</p>`;
  if (/^\s*>/.test(line)) {
    return html`<blockquote>${inline(stripped(takeWhile(lines, (l) => /^\s*>/.test(l)), /^\s*> ?/).join("\n"))}</blockquote>`;
  }
  if (BULLET.test(line)) return html`<ul>${stripped(takeWhile(lines, (l) => BULLET.test(l)), BULLET).map(listItem)}</ul>`;
  if (NUMBER.test(line)) return html`<ol>${stripped(takeWhile(lines, (l) => NUMBER.test(l)), NUMBER).map(listItem)}</ol>`;
  if (line.includes("|") && TABLE_RULE.test(lines[1] ?? "")) return table(takeWhile(lines, (l) => l.includes("|")));
  const first = lines.shift();
  return html`<p class="lines">${inline([first, ...takeWhile(lines, plainLine)].join("\n"))}</p>`;
}

/** @param {unknown} text */
export function markdown(text) {
  const lines = String(text ?? "").split("\n");
  const blocks = [];
  while (lines.length) {
    if (lines[0].trim() === "") lines.shift();
    else blocks.push(nextBlock(lines));
  }
  return blocks;
}
