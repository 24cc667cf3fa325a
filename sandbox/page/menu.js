// @ts-check
// A menu under a button: arrow keys move, Escape and a press outside close it, the focus goes back.
import { html, useLayoutEffect, useRef, useState } from "./html.js";

const MOVES = { ArrowDown: 1, ArrowUp: -1 };

/** Keeps a menu's focus moving with the arrow keys and closes it from outside. */
export function useMenu() {
  const [open, setOpen] = useState(false);
  const root = useRef(null);
  useLayoutEffect(() => {
    if (!open) return undefined;
    root.current.querySelector("[role=menuitem]")?.focus();
    root.current.querySelector("[role=menu]")?.scrollIntoView({ block: "nearest" });
    const outside = (event) => root.current?.contains(event.target) || setOpen(false);
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);

  function close() {
    setOpen(false);
    root.current.querySelector("button")?.focus();
  }
  function onKeyDown(event) {
    if (!open) return;
    if (event.key === "Tab") setOpen(false);
    if (event.key === "Escape") {
      event.stopPropagation();
      event.preventDefault();
      close();
    }
    if (!(event.key in MOVES)) return;
    event.preventDefault();
    const items = [...root.current.querySelectorAll("[role=menuitem]")];
    const next = items.indexOf(document.activeElement) + MOVES[event.key];
    items[(next + items.length) % items.length]?.focus();
  }
  return { open, setOpen, close, root, onKeyDown };
}

/**
 * A button with a menu. @param {{label: string, sign: any, items: {name: any, act: () => unknown}[], className?: string,
 *   pending?: boolean}} props
 */
export function Menu({ label, sign, items, className = "", pending = false }) {
  const { open, setOpen, close, root, onKeyDown } = useMenu();
  const choose = (item) => {
    close();
    item.act();
  };
  return html`<span class=${`control overflow ${className}`} ref=${root} onKeyDown=${onKeyDown}>
    <button type="button" class=${`button icon ${pending ? "pending" : ""}`} aria-label=${label} title=${label} aria-haspopup="menu"
      aria-expanded=${String(open)} onClick=${() => setOpen(!open)}><span aria-hidden="true">${sign}</span></button>
    ${open && html`<span class="menu" role="menu" aria-label=${label}>
      ${items.map((item) => html`<button type="button" role="menuitem" tabindex="-1" onClick=${() => choose(item)}>${item.name}</button>`)}
    </span>`}
  </span>`;
}
