// @ts-check
// A working day with scripted customers and agents: begin one, watch it, read its report.
import { api } from "./api.js";
import { useDesk } from "./desk.js";
import { html, useState } from "./html.js";

const SPEEDS = [
  { speed: 60, name: "60 times as fast as life (9 minutes)" },
  { speed: 240, name: "240 times (about 5 minutes)" },
  { speed: 1200, name: "1,200 times (as fast as Slack lets it)" },
];
const SIZES = [200, 60, 20];

const percent = (part) => (part?.share === null || part === undefined ? "none" : `${Math.round(part.share * 100)} %`);
const of = (part) => `${percent(part)} (${part.n} of ${part.of})`;
const times = (spread, unit) => (spread.n ? `half within ${spread.p50} ${unit}, nine of ten within ${spread.p90} ${unit} (n = ${spread.n})` : "none");
const words = (counted) => Object.entries(counted).map(([word, number]) => `${number} ${word}`).join(", ") || "none";
const kinds = (counted) => Object.entries(counted).map(([kind, number]) => `${number} ${kind}`).join(", ");

function Begin({ day, go }) {
  const [speed, setSpeed] = useState(SPEEDS[0].speed);
  const [tickets, setTickets] = useState(SIZES[0]);
  const [drift, setDrift] = useState(false);
  const begin = (event) => {
    event.preventDefault();
    go(() => api.playDay({ speed, tickets, drift: drift ? 0.5 : 0 }));
  };
  return html`<form class="day-form" onSubmit=${begin} aria-label="Play a day">
    <div class="form-field"><label for="day-tickets">Customers who write</label>
      <select id="day-tickets" class="field" onChange=${(event) => setTickets(Number(event.target.value))}>
        ${SIZES.map((size) => html`<option value=${size} selected=${size === tickets}>${size}</option>`)}</select></div>
    <div class="form-field"><label for="day-speed">Speed</label>
      <select id="day-speed" class="field" onChange=${(event) => setSpeed(Number(event.target.value))}>
        ${SPEEDS.map((one) => html`<option value=${one.speed} selected=${one.speed === speed}>${one.name}</option>`)}</select></div>
    <label class="check"><input type="checkbox" checked=${drift} onChange=${(event) => setDrift(event.target.checked)} />
      <span>Questions get harder through the day</span></label>
    <button type="submit" class="button primary" disabled=${day.playing}>Play the day</button>
    ${day.playing && html`<button type="button" class="button" onClick=${() => go(() => api.stopDay())}>Stop it</button>`}
  </form>`;
}

const Tile = ({ name, value, note = "" }) => html`<div class="tile"><dt>${name}</dt><dd>${value}${note && html`<small>${note}</small>`}</dd></div>`;

function Progress({ progress }) {
  return html`<section aria-label="How it stands"><h3>${progress.clock} <span class="quiet">on the day's clock</span></h3>
    <progress max=${progress.planned} value=${progress.written} aria-label="Questions written"></progress>
    <dl class="tiles">
      <${Tile} name="Written" value=${progress.written} note=${`of ${progress.planned}`} />
      <${Tile} name="Answered by itself" value=${progress.by_itself} />
      <${Tile} name="By agents" value=${progress.by_agents} />
      <${Tile} name="Escalated" value=${progress.escalated} />
      <${Tile} name="Waiting now" value=${progress.waiting} />
      <${Tile} name="Clicks" value=${progress.clicks} />
    </dl></section>`;
}

const Row = ({ name, children }) => html`<tr><th scope="row">${name}</th><td>${children}</td></tr>`;

function Report({ report, errors }) {
  const wrong = [...report.problems, ...(errors ?? []).map((line) => `Log: ${line}`)];
  return html`<section aria-label="The report"><h3>The report</h3>
    <dl class="tiles">
      <${Tile} name="Automated resolution" value=${percent(report.automated_resolution)} note=${`${report.automated_resolution.n} of ${report.automated_resolution.of}`} />
      <${Tile} name="Right when by itself" value=${percent(report.right_by_itself)} note=${`${report.right_by_itself.n} of ${report.right_by_itself.of}`} />
      <${Tile} name="Clicks per conversation" value=${report.clicks.per_conversation} />
      <${Tile} name="Satisfaction" value=${report.csat.mean ?? "none"} note=${`of 5, n = ${report.csat.n}, scripted`} />
    </dl>
    <div class="table-wrap" role="region" aria-label="Figures of the day" tabindex="0"><table class="report"><tbody>
      <${Row} name="Conversations">${report.conversations} in ${Math.round(report.seconds)} s, ${words(report.by_channel)}<//>
      <${Row} name="Resolved by itself, by quarter">${report.automated_resolution_by_quarter.map(percent).join(" → ")}<//>
      <${Row} name="Time to answer by itself">${times(report.answer_seconds_by_itself, "s")}<//>
      <${Row} name="Time to answer by agents">${times(report.answer_minutes_by_agents, "min of the day")}<//>
      <${Row} name="Escalated">${report.escalations.by_policy} by policy, ${report.escalations.by_agents} by agents<//>
      <${Row} name="Wrote again">${report.wrote_again}<//>
      ${Object.entries(report.by_deed).map(([deed, one]) => html`<${Row} name=${`Answered: ${deed}`}>${one.n
        ? `${one.clicks_to_answer} clicks, ${one.slack_calls_to_answer} Slack calls to the answer, ${one.slack_calls} in all (${kinds(one.slack_calls_by_kind)}), ${one.windows} for windows (n = ${one.n})`
        : "none"}<//>`)}
      <${Row} name="Slack calls per conversation">${report.slack_calls.per_conversation}; by itself ${report.slack_calls.per_conversation_by_itself ?? "none"},
        with an agent ${report.slack_calls.per_conversation_with_an_agent ?? "none"}<//>
      <${Row} name="Satisfied">${of(report.csat.satisfied)}<//>
    </tbody></table></div>
    ${wrong.length
      ? html`<div class="alert error"><span aria-hidden="true">⛔</span><ul>${wrong.map((line) => html`<li>${line}</li>`)}</ul></div>`
      : html`<p class="alert success"><span aria-hidden="true">✅</span> Nobody was left without an answer, and nobody got one twice.</p>`}
  </section>`;
}

export function DayView() {
  const { sandbox, attempt } = useDesk();
  const { day } = sandbox;
  const go = (work) => attempt(work).then(() => sandbox.refresh("day"));
  return html`<section class="pane" aria-label="Day">
    <header class="pane-head"><h2>A working day</h2><span class="quiet">200 customers, five agents, every channel</span></header>
    <div class="scroll" tabindex="0" role="region" aria-label="The day"><div class="home day-page">
      <p>Scripted customers write by mail, chat, text message, phone and Zendesk's form; scripted agents read their cards, think, and
        press what the cards offer. The app is the real one. Watch the channels fill while it runs.</p>
      <${Begin} day=${day} go=${go} />
      ${day.error && html`<p class="alert error" role="alert">${day.error}</p>`}
      ${day.progress && html`<${Progress} progress=${day.progress} />`}
      ${day.report && html`<${Report} report=${day.report} errors=${day.log_errors} />`}
    </div></div></section>`;
}
