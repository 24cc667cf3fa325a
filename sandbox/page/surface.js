// @ts-check
// A surface is where blocks stand (a message, a dialog, App Home). It says what a press does and what was typed.
import { html, useEffect, useRef, useState } from "./html.js";
import { Confirm } from "./dialog.js";

/**
 * @typedef {object} Surface
 * @property {{user(id: string): string, channel(id: string): string}} names
 * @property {{id: string, name: string}[]} users
 * @property {{id: string, name: string}[]} channels
 * @property {(action: object) => Promise<unknown>} act sends the press and settles once the app has acknowledged it
 * @property {(question: object) => Promise<any>} suggest asks the app what a select offers for some letters
 * @property {(name: string, read: () => Promise<string>) => Promise<any>} [upload] takes in a file that was picked in a dialog
 * @property {Record<string, Record<string, object>>} typed
 * @property {(block_id: string, action_id: string, value: object) => void} type
 * @property {Record<string, string>} errors by block
 * @property {ReturnType<typeof usePauses>} [pauses] where a pause in typing is told of
 */

const PAUSE_MS = 500;

/**
 * What the app hears while somebody types, as in Slack: not each letter but each pause, and what is pending before
 * anything else is done.
 */
export function usePauses() {
  const timer = useRef(0);
  const telling = useRef(null);
  function drop() {
    clearTimeout(timer.current);
    telling.current = null;
  }
  async function flush() {
    const tell = telling.current;
    drop();
    await tell?.();
  }
  function soon(tell) {
    drop();
    telling.current = tell;
    timer.current = setTimeout(flush, PAUSE_MS);
  }
  useEffect(() => drop, []);
  return { soon, flush, drop };
}

/**
 * One control's life: ask if it wants confirming, press, wait for the acknowledgement, tell if none came.
 * @param {Surface} surface @param {{block_id?: string}} block @param {{action_id?: string, confirm?: any}} element
 */
export function usePress(surface, block, element) {
  const [pending, setPending] = useState(false);
  const [warning, setWarning] = useState("");
  const [asking, setAsking] = useState(null);

  async function send(extra) {
    setAsking(null);
    setPending(true);
    setWarning("");
    try {
      await surface.act({ action_id: element.action_id, block_id: block.block_id, ...extra });
    } catch (error) {
      setWarning(error.message);
    } finally {
      setPending(false);
    }
  }

  const press = (extra = {}, confirm = element.confirm) => (confirm ? setAsking({ extra, confirm }) : send(extra));
  const note = html`
    ${warning && html`<span class="warning-note" role="alert">⚠️ ${warning}</span>`}
    ${asking && html`<${Confirm} confirm=${asking.confirm} names=${surface.names}
      onYes=${() => send(asking.extra)} onNo=${() => setAsking(null)} />`}`;
  return { pending, press, note };
}
