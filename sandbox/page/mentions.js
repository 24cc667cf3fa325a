// @ts-check
// People, groups and Slack channels for the slash command that somebody types: "@" and "#" offer them, as in Slack.
import { useDesk } from "./desk.js";
import { html, useState } from "./html.js";

const LAST = /(?:^|\s)([@#])([\p{L}\p{N}._-]*)$/u;
const MOST = 8;

/** Everybody and everything that a sign can name: what is written, and what it is. */
function named(sign, { users = [], groups = [], channels = [] }) {
  if (sign === "#") return channels.filter((one) => one.name).map((one) => ({ written: `#${one.name}`, name: "Slack channel" }));
  const people = users.filter((one) => !one.deleted && !one.is_bot).map((one) => ({ written: `@${one.name}`, name: one.real_name }));
  return [...people, ...groups.map((one) => ({ written: `@${one.handle}`, name: `${one.name}, a group` }))];
}

/** What the end of a text may become. @param {string} text */
export function offersFor(text, slack) {
  const found = LAST.exec(text);
  if (!text.startsWith("/") || !found) return [];
  const typed = found[2].toLowerCase();
  const fits = (one) => one.written.slice(1).toLowerCase().startsWith(typed) || one.name.toLowerCase().split(" ").some((word) => word.startsWith(typed));
  const all = named(found[1], slack).filter((one) => (found[1] === "#" ? one.written.slice(1).includes(typed) : fits(one)));
  return all.some((one) => one.written.slice(1).toLowerCase() === typed) ? [] : all.slice(0, MOST);
}

/** The text with the name at its end written out. @param {string} text @param {string} written */
const completed = (text, written) => `${text.replace(LAST, (whole, sign) => whole.slice(0, whole.indexOf(sign)))}${written} `;

/**
 * Offers names under what is typed: arrow keys move, Enter and Tab take, Escape closes.
 * @param {string} text @param {(text: string) => void} setText
 */
export function useMentions(text, setText) {
  const { sandbox } = useDesk();
  const [at, setAt] = useState(0);
  const [closed, setClosed] = useState("");
  const offers = closed === text ? [] : offersFor(text, sandbox.slack);
  const active = Math.min(at, offers.length - 1);
  function take(one) {
    setAt(0);
    setText(completed(text, one.written));
  }
  function onKeyDown(event) {
    if (!offers.length || event.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt((active + step + offers.length) % offers.length);
    else if (event.key === "Enter" || event.key === "Tab") take(offers[active]);
    else if (event.key === "Escape") setClosed(text);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
  return { offers, active, take, onKeyDown };
}

/** @param {{id: string, mentions: ReturnType<typeof useMentions>}} props */
export const Offers = ({ id, mentions: { offers, active, take } }) => html`<ul class="mentions" role="listbox" id=${id} aria-label="Names">
  ${offers.map((one, n) => html`<li role="option" id=${`${id}-${n}`} key=${one.written} aria-selected=${String(n === active)}
    onMouseDown=${(event) => { event.preventDefault(); take(one); }}><strong>${one.written}</strong> <span class="quiet">${one.name}</span></li>`)}
</ul>`;
