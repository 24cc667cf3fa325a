// @ts-check
// Where a person in Slack types. Enter sends, Shift+Enter starts a new line, "/" begins a slash command.
import { api } from "./api.js";
import { useDesk } from "./desk.js";
import { html, useState } from "./html.js";
import { Menu } from "./menu.js";
import { Offers, useMentions } from "./mentions.js";

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

/** What the app's slash commands take, as its manifest hints at them; a click writes it. */
function Hints({ text, onPick }) {
  const { sandbox } = useDesk();
  const known = (sandbox.info.commands ?? []).flatMap(({ command, hint }) => hint.split("|").map((words) => `${command} ${words.trim()}`));
  const fitting = known.filter((one) => one.startsWith(text) && one !== text).slice(0, 8);
  if (!fitting.length) return null;
  return html`<ul class="hints" aria-label="Commands">${fitting.map((one) => html`<li key=${one}>
    <button type="button" class="hint-choice" onClick=${() => onPick(one)}>${one}</button></li>`)}</ul>`;
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
  const command = text.startsWith("/") && !thread;
  const mentions = useMentions(command ? text : "", setText);
  const list = `names-${channel}`;
  function onKeyDown(event) {
    if (!mentions.onKeyDown(event) && event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  }
  const { sandbox, actor } = useDesk();
  const anywhere = thread ? [] : (sandbox.info.shortcuts ?? []).filter((one) => one.type === "global").map((one) => ({
    name: one.name,
    act: () => attempt(() => api.shortcut({ callback_id: one.callback_id, user: actor })).then(() => sandbox.refresh("slack")),
  }));
  const offering = mentions.offers.length > 0;
  // What is offered has a place of its own: the form below must not move when it goes, for then the focus would be lost.
  return html`<div>${command && html`<${Hints} text=${text} onPick=${setText} />`}${offering && html`<${Offers} id=${list} mentions=${mentions} />`}</div>
  <form class="composer" onSubmit=${submit}>
    ${anywhere.length > 0 && html`<${Menu} label="Shortcuts" sign="⚡" items=${anywhere} className="upward" />`}
    <textarea rows="1" class="field" aria-label=${label} placeholder=${placeholder} value=${text}
      aria-autocomplete=${command ? "list" : undefined} aria-controls=${offering ? list : undefined}
      aria-activedescendant=${offering ? `${list}-${mentions.active}` : undefined}
      onInput=${(event) => setText(event.target.value)} onKeyDown=${onKeyDown}></textarea>
    <button type="submit" class=${`button primary ${busy ? "pending" : ""}`} disabled=${!text.trim()}>${command ? "Run" : "Send"}</button>
  </form>`;
}
