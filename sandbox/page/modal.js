// @ts-check
// The app's dialogs (modal views): the topmost open view of the acting person.
import { api } from "./api.js";
import { Blocks, useTyped } from "./blockkit.js";
import { useDesk } from "./desk.js";
import { Dialog } from "./dialog.js";
import { html, useRef, useState } from "./html.js";
import { textObject } from "./mrkdwn.js";
import { usePauses } from "./surface.js";
import { allValues } from "./values.js";

/** Sends the form; the app may answer with errors per block. */
function useSubmit(view, typed, pauses) {
  const { sandbox, actor } = useDesk();
  const [pending, setPending] = useState(false);
  const [errors, setErrors] = useState({});
  const [warning, setWarning] = useState("");

  async function submit(event) {
    event.preventDefault();
    if (pending) return;
    pauses.drop(); // The form carries it all; told afterwards, what is sent would count as unsent.
    setPending(true);
    setErrors({});
    setWarning("");
    try {
      const answer = await api.submit({ view_id: view.id, user: actor, values: allValues(view.blocks, typed) });
      setErrors(answer.errors ?? {});
    } catch (error) {
      setErrors(error.fields ?? {});
      if (!Object.keys(error.fields ?? {}).length) setWarning(error.message);
    } finally {
      await sandbox.refresh("slack");
      setPending(false);
    }
  }
  return { pending, errors, warning, submit };
}

function View({ view }) {
  const { sandbox, names, people, actor, attempt } = useDesk();
  const { typed, type, newest } = useTyped(view.state?.values); // As it was before another window came over it.
  const pauses = usePauses();
  const { pending, errors, warning, submit } = useSubmit(view, typed, pauses);
  const blocks = useRef(view.blocks);
  blocks.current = view.blocks;
  async function close() {
    await pauses.flush();
    await attempt(() => api.close({ view_id: view.id, user: actor }));
    await sandbox.refresh("slack");
  }
  async function act(action) {
    await pauses.flush();
    const values = allValues(blocks.current, newest.current);
    await api.click({ view_id: view.id, user: actor, values, ...action }).finally(() => sandbox.refresh("slack"));
  }
  const upload = async (name, read) => (await api.upload({ user: actor, name, content: await read() })).file;
  const suggest = (question) => api.suggest({ view_id: view.id, user: actor, ...question });
  const surface = { names, users: people, channels: sandbox.slack.channels, act, suggest, upload, typed, type, errors, pauses };
  const title = view.title?.text ?? "Dialog";
  const shown = new Set((view.blocks ?? []).map((block) => block.block_id));
  const elsewhere = Object.entries(errors).filter(([block]) => !shown.has(block));
  return html`<${Dialog} label=${title} onClose=${close} className="view">
    <form onSubmit=${submit} novalidate>
      <header class="dialog-head"><h2>${textObject(view.title, names)}</h2>
        <button type="button" class="button icon" aria-label="Close" onClick=${close}>✕</button></header>
      <div class="dialog-body">
        ${warning && html`<p class="alert error" role="alert">${warning}</p>`}
        ${elsewhere.map(([, text]) => html`<p class="alert error" role="alert">${text}</p>`)}
        <${Blocks} blocks=${view.blocks ?? []} surface=${surface} />
      </div>
      <footer class="dialog-buttons">
        <button type="button" class="button" onClick=${close}>${textObject(view.close, names) ?? "Close"}</button>
        ${view.submit && html`<button type="submit" class=${`button primary ${pending ? "pending" : ""}`}
          aria-busy=${pending ? "true" : undefined}>${textObject(view.submit, names)}</button>`}
      </footer>
    </form>
  <//>`;
}

export function OpenModal() {
  const { sandbox, actor } = useDesk();
  const mine = sandbox.slack.views.filter((view) => view.type === "modal" && (!view.user || view.user === actor));
  const view = mine[mine.length - 1];
  return view ? html`<${View} key=${view.id} view=${view} />` : null;
}
