// @ts-check
// The app's Home tab, as the acting person sees it.
import { api } from "./api.js";
import { Blocks, useTyped } from "./blockkit.js";
import { useDesk } from "./desk.js";
import { html, useEffect } from "./html.js";
import { allValues } from "./values.js";

export function HomeView() {
  const { sandbox, names, people, actor, attempt } = useDesk();
  const { typed, type } = useTyped();
  const view = sandbox.slack.views.find((one) => one.type === "home" && one.user === actor);
  useEffect(() => {
    if (actor) attempt(() => api.home(actor)).then(() => sandbox.refresh("slack"));
  }, [actor]);
  const act = (action) => api
    .click({ view_id: view.id, user: actor, values: allValues(view.blocks, typed), ...action })
    .finally(() => sandbox.refresh("slack"));
  const upload = async (name, read) => (await api.upload({ user: actor, name, content: await read() })).file;
  const suggest = (question) => api.suggest({ view_id: view.id, user: actor, ...question });
  const surface = { names, users: people, channels: sandbox.slack.channels, act, suggest, upload, typed, type, errors: {} };
  return html`<section class="pane" aria-label="App Home">
    <header class="pane-head"><h2>App Home</h2><span class="quiet">as ${names.user(actor)} sees it</span></header>
    <div class="scroll" tabindex="0" role="region" aria-label="Content of App Home">
      ${view ? html`<div class="home"><${Blocks} blocks=${view.blocks ?? []} surface=${surface} /></div>`
        : html`<div class="empty"><p class="empty-sign" aria-hidden="true">🏠</p><h3>No Home yet</h3>
          <p>The app is told that you opened its Home, and draws it when it has something to show.</p></div>`}
    </div></section>`;
}
