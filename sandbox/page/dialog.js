// @ts-check
// A modal <dialog>: the browser keeps the focus inside and gives it back; Esc means "close".
import { html, useEffect, useRef } from "./html.js";
import { textObject } from "./mrkdwn.js";

/** @param {{label: string, onClose: () => void, className?: string, children?: any}} props */
export function Dialog({ label, onClose, className = "", children }) {
  const ref = useRef(null);
  const close = useRef(onClose);
  close.current = onClose;

  useEffect(() => {
    const dialog = ref.current;
    dialog.showModal();
    dialog.querySelector("[data-first]")?.focus();
    const cancel = (event) => {
      event.preventDefault();
      close.current();
    };
    dialog.addEventListener("cancel", cancel);
    return () => {
      dialog.removeEventListener("cancel", cancel);
      dialog.close();
    };
  }, []);

  return html`<dialog ref=${ref} class=${className} aria-label=${label}>${children}</dialog>`;
}

/** Block Kit's confirm object. */
export function Confirm({ confirm, names, onYes, onNo }) {
  const label = confirm.title?.text ?? "Are you sure?";
  return html`<${Dialog} label=${label} onClose=${onNo} className="confirm">
    <h2>${textObject(confirm.title, names) ?? label}</h2>
    <div>${textObject(confirm.text, names)}</div>
    <footer class="dialog-buttons">
      <button type="button" class="button" onClick=${onNo}>${textObject(confirm.deny, names) ?? "Cancel"}</button>
      <button type="button" class=${`button ${confirm.style ?? "primary"}`} onClick=${onYes}>
        ${textObject(confirm.confirm, names) ?? "Yes"}
      </button>
    </footer>
  <//>`;
}
