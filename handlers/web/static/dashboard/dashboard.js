/**
 * Pictures that answer: the value under the pointer or the arrow keys, series that can be put aside, and another period
 * with a press. Without this file the pages are whole: each picture has its table, and marks their titles.
 */

const CURRENT = "current";

for (const figure of document.querySelectorAll("figure")) {
  const chart = figure.querySelector("svg.chart");
  if (chart) revive(figure, chart);
}

function revive(figure, chart) {
  const marks = [...chart.querySelectorAll("title")].map((title) => title.parentElement);
  if (!marks.length) return;
  const said = figure.appendChild(made("p", { class: "said", role: "status" }));
  const title = figure.closest("section").querySelector("h2").textContent;
  chart.removeAttribute("aria-hidden");
  set(chart, {
    tabindex: "0",
    role: "application",
    "aria-label": `Picture of: ${title}. Arrow keys go through its values, Enter opens the conversations of one.`,
  });
  let at = -1;
  const show = (n) => {
    marks[at]?.classList.remove(CURRENT);
    at = n;
    marks[at]?.classList.add(CURRENT);
    said.textContent = marks[at]?.querySelector("title").textContent ?? "";
  };
  chart.addEventListener("pointerover", (event) => {
    const n = marks.findIndex((mark) => mark.contains(event.target));
    if (n >= 0) show(n);
  });
  chart.addEventListener("keydown", (event) => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: marks.length - 1, Escape: -1 }[event.key];
    if (event.key === "Enter") marks[at]?.closest("a")?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    if (to === undefined) return;
    event.preventDefault();
    show(Math.max(event.key === "Escape" ? -1 : 0, Math.min(to, marks.length - 1)));
  });
  for (const [n, key] of [...figure.querySelectorAll(".key")].entries()) key.replaceWith(switchOf(key, n, chart));
  if (figure.hasAttribute("data-days")) figure.append(...periodButtons());
}

/** A name in the legend becomes a button that puts its series aside, and takes it back. */
function switchOf(key, n, chart) {
  const button = made("button", { type: "button", class: key.className, "aria-pressed": "true" });
  button.textContent = key.textContent;
  button.addEventListener("click", () => {
    const off = chart.classList.toggle(`off${n}`);
    button.setAttribute("aria-pressed", String(!off));
  });
  return button;
}

/** Buttons that set the next shorter or longer period in the filter, and send it. */
function periodButtons() {
  const form = document.querySelector("form.filters");
  const select = form.elements.period;
  return [
    [-1, "Shorter period"],
    [1, "Longer period"],
  ].map(([step, name]) => {
    const button = made("button", { type: "button", class: "zoom" });
    const to = select.selectedIndex + step;
    button.textContent = name;
    button.disabled = to < 0 || to >= select.options.length;
    button.addEventListener("click", () => {
      select.selectedIndex = to;
      form.requestSubmit();
    });
    return button;
  });
}

function made(name, attributes) {
  return set(document.createElement(name), attributes);
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
