// @ts-check
// Where a person in Slack types. Enter sends, Shift+Enter starts a new line, "/" begins a slash command.
import { api } from "./api.js";
import { useDesk } from "./desk.js";
import { html, useState } from "./html.js";

function useSend(channel, thread_ts) {
  const { actor, sandbox } = useDesk();
  return async function send(text) {
    if (!text.startsWith("/")) {
      await api.say({ channel, user: actor, text, ...(thread_ts && { thread_ts }) });
    } else if (thread_ts) {
      throw new Error("Slack does not run slash commands in threads. Type it in the channel.");
    } else {
      const [command, ...rest] = text.split(/\s+/);
      await api.command({ channel, user: actor, command, text: rest.join(" ") });
    }
    await sandbox.refresh("slack");
  };
}

/** @param {{channel: string, thread?: string, label: string, placeholder: string, onSent: () => void}} props */
export function Composer({ channel, thread, label, placeholder, onSent }) {
  const { attempt } = useDesk();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const send = useSend(channel, thread);

  async function submit(event) {
    event.preventDefault();
    if (!text.trim()) return;
    setText(""); // At once, so that what is typed next is neither lost nor sent twice.
    setBusy(true);
    const done = await attempt(() => send(text.trim()).then(() => true));
    setBusy(false);
    if (done) onSent();
    else setText((typed) => typed || text);
  }
  const onKeyDown = (event) => event.key === "Enter" && !event.shiftKey && !event.isComposing && submit(event);
  const command = text.startsWith("/");
  return html`<form class="composer" onSubmit=${submit}>
    <textarea rows="1" class="field" aria-label=${label} placeholder=${placeholder} value=${text}
      onInput=${(event) => setText(event.target.value)} onKeyDown=${onKeyDown}></textarea>
    <button type="submit" class=${`button primary ${busy ? "pending" : ""}`} disabled=${!text.trim()}>${command ? "Run" : "Send"}</button>
  </form>`;
}
