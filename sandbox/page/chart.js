// @ts-check
// Slack's data_visualization as SVG: bar, area, line and pie, with the same figures as a table for those who cannot see it.
import { html } from "./html.js";

const WIDE = 460;
const HIGH = 180;
const LEFT = 44;
const BELOW = 22;
const tone = (index) => `tone-${index % 6}`;
const short = (number) => new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format(number);

/** The values of a series in the order of the categories. */
const ordered = (series, categories) => categories.map((label) => series.data.find((point) => point.label === label)?.value ?? 0);

/** @param {number[]} values */
function scale(values) {
  const most = Math.max(0, ...values);
  const least = Math.min(0, ...values);
  const span = most - least || 1;
  const y = (value) => 8 + (HIGH - BELOW - 8) * (1 - (value - least) / span);
  return { y, most, least };
}

function Axes({ y, most, least, categories, x }) {
  const every = Math.ceil(categories.length / 8);
  return html`<g class="axes">
    ${[least, (least + most) / 2, most].map((value) => html`<line x1=${LEFT} x2=${WIDE} y1=${y(value)} y2=${y(value)} />
      <text x=${LEFT - 6} y=${y(value) + 4} text-anchor="end">${short(value)}</text>`)}
    ${categories.map((label, index) => index % every === 0 && html`<text x=${x(index)} y=${HIGH - 4} text-anchor="middle">${label}</text>`)}
  </g>`;
}

function Bars({ series, categories, y, step }) {
  const thick = (step * 0.72) / series.length;
  return series.map((one, place) => ordered(one, categories).map((value, index) => html`<rect class=${tone(place)}
    x=${LEFT + index * step + step * 0.14 + place * thick} width=${thick * 0.92}
    y=${Math.min(y(value), y(0))} height=${Math.abs(y(value) - y(0))} />`));
}

function Lines({ series, categories, y, x, filled }) {
  return series.map((one, place) => {
    const points = ordered(one, categories).map((value, index) => `${x(index)},${y(value)}`);
    const ends = `${x(categories.length - 1)},${y(0)} ${x(0)},${y(0)}`;
    return html`${filled && html`<polygon class=${`area ${tone(place)}`} points=${`${points.join(" ")} ${ends}`} />`}
      <polyline class=${`line ${tone(place)}`} points=${points.join(" ")} />`;
  });
}

function Pie({ segments }) {
  const total = segments.reduce((sum, one) => sum + one.value, 0) || 1;
  let turned = -0.25;
  const at = (turn) => `${HIGH / 2 + 76 * Math.cos(2 * Math.PI * turn)},${HIGH / 2 + 76 * Math.sin(2 * Math.PI * turn)}`;
  return segments.map((one, index) => {
    const share = Math.min(one.value / total, 0.9999);
    const path = `M${HIGH / 2},${HIGH / 2} L${at(turned)} A76,76 0 ${share > 0.5 ? 1 : 0} 1 ${at(turned + share)} Z`;
    turned += share;
    return html`<path class=${tone(index)} d=${path} />`;
  });
}

const Legend = ({ names }) => html`<ul class="legend">${names.map((name, index) => html`<li><span class=${`swatch ${tone(index)}`}
  aria-hidden="true"></span>${name}</li>`)}</ul>`;

function Figures({ head, rows }) {
  return html`<details class="figures"><summary>Figures</summary><table>
    <thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
    <tbody>${rows.map(([name, ...values]) => html`<tr><th scope="row">${name}</th>${values.map((value) => html`<td>${short(value)}</td>`)}</tr>`)}</tbody>
  </table></details>`;
}

function Plot({ chart, title }) {
  if (chart.type === "pie") {
    return html`<svg viewBox=${`0 0 ${WIDE} ${HIGH}`} role="img" aria-label=${title}><${Pie} segments=${chart.segments} /></svg>
      <${Legend} names=${chart.segments.map((one) => one.label)} />
      <${Figures} head=${["", "Value"]} rows=${chart.segments.map((one) => [one.label, one.value])} />`;
  }
  const { categories } = chart.axis_config;
  const step = (WIDE - LEFT) / categories.length;
  const x = (index) => LEFT + (index + 0.5) * step;
  const scaled = scale(chart.series.flatMap((one) => ordered(one, categories)));
  const shared = { series: chart.series, categories, y: scaled.y, x, step };
  return html`<svg viewBox=${`0 0 ${WIDE} ${HIGH}`} role="img" aria-label=${title}>
      <${Axes} ...${scaled} categories=${categories} x=${x} />
      ${chart.type === "bar" ? html`<${Bars} ...${shared} />` : html`<${Lines} ...${shared} filled=${chart.type === "area"} />`}</svg>
    ${chart.series.length > 1 && html`<${Legend} names=${chart.series.map((one) => one.name)} />`}
    <${Figures} head=${["", ...chart.series.map((one) => one.name)]}
      rows=${categories.map((label, index) => [label, ...chart.series.map((one) => ordered(one, categories)[index])])} />`;
}

export function Chart({ block }) {
  const { x_label: across, y_label: up } = block.chart.axis_config ?? {};
  return html`<figure class="chart"><figcaption>${block.title}${(across || up) && html` <small>${[up, across].filter(Boolean).join(" by ")}</small>`}</figcaption>
    <${Plot} chart=${block.chart} title=${block.title} /></figure>`;
}
