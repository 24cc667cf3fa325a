// @ts-check
// The HTML part of a received mail, drawn from an allow-list: nothing runs, nothing is loaded, no style leaks out.
import { html, useMemo } from "./html.js";
import { link } from "./mrkdwn.js";

const KEPT = new Set(
  "b strong i em u s p div span br hr ul ol li blockquote pre code h1 h2 h3 h4 table thead tbody tr td th".split(" "),
);
const DROPPED = new Set("script style head title template iframe object embed svg math noscript".split(" "));

/** Styles and handlers go before the parsing: even an inert document would report them against the page's policy. */
const bare = (source) => source
  .replace(/<style\b[\s\S]*?(?:<\/style\s*>|$)/gi, "")
  .replace(/[\s/"'](?:style|on[a-z]+)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi, " ");

function draw(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent;
  if (node.nodeType !== Node.ELEMENT_NODE) return null;
  const tag = node.tagName.toLowerCase();
  if (DROPPED.has(tag)) return null;
  const inside = [...node.childNodes].map(draw);
  if (tag === "a") return link(node.getAttribute("href") ?? "", inside);
  if (tag === "img") return html`<span class="quiet">🖼️ ${node.getAttribute("alt") || "picture"}</span>`;
  return KEPT.has(tag) ? html`<${tag}>${inside}<//>` : inside;
}

/** @param {{source: string}} props */
export function MailHtml({ source }) {
  const nodes = useMemo(() => {
    const parsed = new DOMParser().parseFromString(bare(String(source)), "text/html");
    return [...parsed.body.childNodes].map(draw);
  }, [source]);
  return html`<div class="mail-html">${nodes}</div>`;
}
