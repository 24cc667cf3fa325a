// @ts-check
// Short notices in the corner: failures in words, and the rare "done".
import { html, useCallback, useRef, useState } from "./html.js";

const SHOWN_MS = 7000;
const MOST = 3;

export function useToasts() {
  const [toasts, setToasts] = useState([]);
  const next = useRef(0);
  const drop = useCallback((id) => setToasts((before) => before.filter((one) => one.id !== id)), []);
  const tell = useCallback((text, kind = "bad") => {
    next.current += 1;
    const id = next.current;
    setToasts((before) => [...before.filter((one) => one.text !== text), { id, text, kind }].slice(-MOST));
    setTimeout(() => drop(id), SHOWN_MS);
  }, []);
  return { toasts, tell, drop };
}

export function Toasts({ toasts, drop }) {
  return html`<div class="toasts" role="status">
    ${toasts.map(({ id, text, kind }) => html`<div key=${id} class=${`toast ${kind}`}>
      <span>${text}</span><button type="button" class="link" aria-label="Dismiss this notice" onClick=${() => drop(id)}>✕</button></div>`)}
  </div>`;
}
