// @ts-check
// Bad weather on demand: what happens when Slack, a model, a CRM or the mail fails, and what is rare in Slack.
import { api } from "./api.js";
import { useDesk } from "./desk.js";
import { html, useEffect, useState } from "./html.js";

const FINE = {};
const PLACES = {
  slack: {
    name: "Slack",
    kinds: {
      "is slow (2 s)": { latency_ms: 2000 },
      "asks for patience": { error_rate: 0.5, status: 429, retry_after: 2 },
      "delivers twice": { duplicate: 1 },
      "is silent": { silent: true },
      "is down": { down: true },
    },
  },
  llm: { name: "Language model", kinds: { "is slow (5 s)": { latency_ms: 5000 }, "invents things": { reply: "invented" }, "is down": { down: true } } },
  salesforce: { name: "Salesforce", kinds: { "is slow (3 s)": { latency_ms: 3000 }, "is down": { down: true } } },
  zendesk: { name: "Zendesk", kinds: { "asks for patience": { status: 429, retry_after: 5 }, "is down": { down: true } } },
  twilio: { name: "Twilio", kinds: { "is slow (3 s)": { latency_ms: 3000 }, "is down": { down: true } } },
  smtp: { name: "Customers' mail", kinds: { "refuses every second mail": { error_rate: 0.5, status: 451 }, "is down": { down: true } } },
};

/** Whether a weather report is of this kind: what it names is as it says. */
const isOf = (weather, kind) => Object.entries(kind).every(([name, value]) => weather?.[name] === value);

function Place({ id, place, weather, set }) {
  const found = Object.entries(place.kinds).find(([, kind]) => isOf(weather, kind))?.[0] ?? "";
  return html`<div class="form-field"><label for=${`sky-${id}`}>${place.name}</label>
    <select id=${`sky-${id}`} class="field" onChange=${(event) => set({ [id]: place.kinds[event.target.value] ?? FINE })}>
      <option value="" selected=${!found}>works</option>
      ${Object.keys(place.kinds).map((name) => html`<option value=${name} selected=${name === found}>${name}</option>`)}</select></div>`;
}

const Check = ({ on, name, change }) => html`<label class="check"><input type="checkbox" checked=${on}
  onChange=${(event) => change(event.target.checked)} /><span>${name}</span></label>`;

export function WeatherView() {
  const { sandbox, attempt } = useDesk();
  const [weather, setWeather] = useState({});
  const look = () => attempt(api.weather).then((told) => told && setWeather(told.weather));
  useEffect(() => { look(); }, [sandbox.weatherTurns]);
  const set = (report) => attempt(() => api.setWeather(report)).then(look);
  const change = (work) => attempt(work).then(() => sandbox.refresh("slack"));
  const rooms = sandbox.slack.channels.filter((one) => !one.is_im);
  const people = sandbox.slack.users.filter((one) => !one.is_bot);
  return html`<section class="pane" aria-label="Weather">
    <header class="pane-head"><h2>Weather</h2><span class="quiet">what fails, and what is rare</span></header>
    <div class="scroll" tabindex="0" role="region" aria-label="Weather switches"><div class="home">
      <p>Switch something off, write as a customer, and see that nothing is lost, doubled or sent by accident; then let it work again.</p>
      <div class="switches">${Object.entries(PLACES).map(([id, place]) =>
        html`<${Place} key=${id} id=${id} place=${place} weather=${weather[id]} set=${set} />`)}</div>
      <p><button type="button" class="button" onClick=${() => set(Object.fromEntries(Object.keys(PLACES).map((id) => [id, FINE])))}>Let everything work</button></p>
      <h3>Slack channels</h3>
      <ul class="switch-list">${rooms.map((room) => html`<li key=${room.id}><strong>#${room.name}</strong>
        <${Check} on=${Boolean(room.is_archived)} name="archived" change=${(archived) => change(() => api.changeChannel({ channel: room.id, archived }))} />
        <${Check} on=${room.has_app !== false} name="the app is in it" change=${(bot) => change(() => api.changeChannel({ channel: room.id, bot }))} /></li>`)}</ul>
      <h3>People</h3>
      <ul class="switch-list">${people.map((user) => html`<li key=${user.id}><strong>${user.real_name}</strong>
        <${Check} on=${Boolean(user.deleted)} name="deactivated" change=${(deleted) => change(() => api.changePerson({ user: user.id, deleted }))} /></li>`)}</ul>
    </div></div></section>`;
}
