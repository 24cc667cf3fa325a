/** What the visitor sees. Everything that comes from a person or the server is set as text, never as markup. */

import * as sound from "./sound.js";
import { clock, say } from "./texts.js";

const $ = (id) => document.getElementById(id);

const PATIENCE = 10_000;
const STAGES = [
  [0, "writing"],
  [8_000, "stillWriting"],
  [25_000, "takesLong"],
];
const WHO = { customer: "you", ai: "assistant", agent: "team" };
const STATES = new Set(["waiting", "escalated", "received", "resolved", "moved"]);

export class View {
  #actions;
  #pending = new Map();
  #offlineTimer = 0;
  #stageTimers = [];
  #state = null;
  #teamSince = null;
  #brand = "";

  /** `actions` has: send(text), file(file), human(), retry(message), close(). */
  constructor(actions) {
    this.#actions = actions;
    const text = $("text");
    $("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(text);
    });
    text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit(text);
    });
    text.addEventListener("input", () => fit(text));
    $("human").addEventListener("click", () => actions.human());
    $("attach").addEventListener("click", () => $("file").click());
    $("file").addEventListener("change", () => {
      for (const file of $("file").files) actions.file(file);
      $("file").value = "";
    });
    $("close").addEventListener("click", () => actions.close());
    $("sound").addEventListener("click", () => this.#sound(!sound.isOn()));
    this.#sound(sound.isOn());
    keepAtEnd($("log"));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") actions.close();
      else if (event.key === "Tab") stayInside(event);
    });
  }

  /** Let the visitor send: until now there was nothing to send with, and what they wrote stays in the box. */
  enable() {
    $("send").disabled = false;
    $("human").disabled = false;
    $("attach").disabled = false;
  }

  name({ brand }) {
    this.#brand = brand;
    this.retell();
  }

  /** Write again what was written in another language; messages stay as they were said. */
  retell() {
    $("title").textContent = this.#brand ? say("titleOf", { brand: this.#brand }) : say("title");
    if (this.#state) this.state(this.#state);
  }

  /** Let nobody write here until the site has said who they are. */
  signIn() {
    $("state").textContent = say("signIn");
    $("composer").hidden = true;
    $("human").hidden = true;
  }

  /** Take the visitor to where the talk goes on: its end, and the box. Before it may go on, to what is asked. */
  focus() {
    $("log").scrollTop = $("log").scrollHeight;
    ($("composer").hidden ? $("email") : $("text")).focus();
  }

  hideClose() {
    $("close").hidden = true;
  }

  /** From now on what is added is read out; history is not. */
  announceFromNowOn() {
    $("log").setAttribute("aria-live", "polite");
  }

  /** Be as on a new page; what is being typed stays in the box, and whoever types it stays there too. */
  startOver() {
    $("log").setAttribute("aria-live", "off");
    $("messages").replaceChildren();
    this.#pending.clear();
    this.#teamSince = null;
    this.typing(false);
    this.online(true);
    $("composer").hidden = false;
    this.#asked(false);
    this.state({ state: "", at: 0 });
  }

  /** Empty the box, for whoever comes next. */
  forgetTyped() {
    $("text").value = "";
    fit($("text"));
  }

  /** Show a message of ours that the server has not confirmed. */
  pending(message) {
    const item = this.#item("customer", message.text, new Date(), { files: message.file ? [message.file] : [] });
    this.#pending.set(message.cid, { item, message });
    this.#fate(item, say("sending"));
    this.#watch(message.cid);
    $("messages").append(item);
    $("log").scrollTop = $("log").scrollHeight;
  }

  acked(cid) {
    const waiting = this.#pending.get(cid);
    if (!waiting) return;
    waiting.kept = true;
    this.#fate(waiting.item, say("sent"));
  }

  /** Say of a message that it was refused; return whether it is one of ours. */
  refused(cid, reason) {
    const waiting = this.#pending.get(cid);
    if (waiting) this.#failed(waiting, say("notSent", { reason }));
    return Boolean(waiting);
  }

  /** Show a message event; our own takes the place of the pending one. */
  message(event) {
    const waiting = this.#pending.get(event.cid);
    this.#pending.delete(event.cid);
    const item = waiting ? waiting.item : this.#item(event.sender, event.text, new Date(event.at), event);
    item.dataset.seq = event.seq;
    if (waiting) this.#fate(item, say("sent"));
    this.#turn(event);
    keepingAtEnd(() => this.#place(item));
  }

  /** Show whose turn it is. Once a person was asked, that and when stand where the button was. */
  state(event) {
    this.#state = event;
    const { state, at } = event;
    const words = [STATES.has(state) ? say(state) : ""];
    if (state === "escalated") words.push(say("askedAt", { time: clock(new Date(at)) }));
    if (state === "answered" && this.#teamSince) words.push(say("agentSince", { time: clock(this.#teamSince) }));
    if ($("state").dataset.mailed === "yes" && state !== "resolved" && state !== "moved") words.push(say("alsoByMail"));
    $("state").textContent = words.filter(Boolean).join(" ");
    if (state === "escalated") this.#asked(true);
    if (state !== "resolved" && state !== "moved") return;
    this.#asked(false);
    this.#teamSince = null;
  }

  /** While an answer is being worked on there is a sign of life, and it changes when it takes long. */
  typing(on) {
    this.#stageTimers.forEach(clearTimeout);
    this.#stageTimers = on
      ? STAGES.map(([after, name]) => setTimeout(() => keepingAtEnd(() => ($("stage").textContent = say(name))), after))
      : [];
    keepingAtEnd(() => ($("typing").hidden = !on));
  }

  /** A short interruption is nobody's business; a long one is said. */
  online(yes) {
    clearTimeout(this.#offlineTimer);
    if (yes) $("line").textContent = "";
    else this.#offlineTimer = setTimeout(() => ($("line").textContent = say("offline")), 2000);
  }

  /** Follow who spoke last: our team stays named, and the button comes back when only the assistant is there. */
  #turn({ sender, at }) {
    if (sender === "customer") this.state({ state: "", at });
    else if (sender === "agent") {
      this.#asked(true);
      this.#teamSince ??= new Date(at);
      this.state({ state: "answered", at });
    } else if (!this.#teamSince) this.#asked(false);
  }

  #asked(yes) {
    $("human").dataset.asked = yes ? "yes" : "no";
    $("human").hidden = yes || $("composer").hidden;
  }

  #sound(on) {
    sound.switchTo(on);
    $("sound").setAttribute("aria-pressed", String(on));
  }

  #submit(box) {
    const text = box.value.trim();
    if (!text || $("send").disabled) return;
    box.value = "";
    fit(box);
    this.#actions.send(text);
  }

  #item(sender, text, at, { sources = [], files = [], via = "" } = {}) {
    const item = make("li", `message ${sender === "customer" ? "mine" : "theirs"}`);
    const head = make("p", "who", WHO[sender] ? say(WHO[sender]) : "");
    if (sender === "ai") head.append(" ", make("span", "ai", say("aiMark")));
    if (via) head.append(" ", say("byMail"));
    const time = make("time", "", clock(at));
    time.dateTime = at.toISOString();
    head.append(" ", time);
    const linked = sources.filter((source) => /^https?:\/\//i.test(source.url));
    const words = make("p", "text", withoutList(text, linked));
    words.dir = "auto";
    if (files.length) words.classList.add("file");
    item.append(head, words);
    if (linked.length) {
      const list = make("ul", "sources");
      list.setAttribute("aria-label", say("sources"));
      list.append(...linked.map(link));
      item.append(list);
    }
    return item;
  }

  /** Confirmed messages stand in the order of their events, before all that are still pending. */
  #place(item) {
    const first = [...this.#pending.values()].map((waiting) => waiting.item)[0] || null;
    if (item.nextSibling !== first || !item.isConnected) $("messages").insertBefore(item, first);
  }

  #fate(item, words) {
    item.classList.remove("failed");
    item.querySelector(".fate")?.remove();
    const fate = make("p", "fate", words);
    fate.setAttribute("aria-live", "off"); // Good news need not be read out.
    item.append(fate);
  }

  #failed({ item, message }, words) {
    this.#fate(item, words);
    item.classList.add("failed");
    const again = make("button", "again", say("again"));
    again.type = "button";
    again.addEventListener("click", () => {
      this.#fate(item, say("sending"));
      this.#watch(message.cid);
      this.#actions.retry(message);
    });
    const fate = item.querySelector(".fate");
    fate.setAttribute("aria-live", "assertive");
    fate.append(" ", again);
  }

  #watch(cid) {
    setTimeout(() => {
      const waiting = this.#pending.get(cid);
      if (!waiting || waiting.kept || waiting.item.classList.contains("failed")) return;
      this.#failed(waiting, say("notYet"));
    }, PATIENCE);
  }
}

/** What opens below takes room from the talk: its end stays in sight if it was. */
function keepAtEnd(log) {
  let atEnd = true;
  log.addEventListener("scroll", () => (atEnd = isAtEnd(log)), { passive: true });
  new ResizeObserver(() => atEnd && (log.scrollTop = log.scrollHeight)).observe(log);
}

const isAtEnd = (log) => log.scrollHeight - log.scrollTop - log.clientHeight < 60;

/** Follow what is added, unless the visitor has scrolled up to read. */
function keepingAtEnd(change) {
  const log = $("log");
  const atEnd = isAtEnd(log);
  change();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

/** Keep the keyboard in the chat: Escape leads out. */
function stayInside(event) {
  if (window.parent === window) return;
  const all = [...document.querySelectorAll("button, input, textarea, a[href], [tabindex='0']")];
  const stops = all.filter((one) => !one.disabled && one.offsetParent !== null);
  const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
  if (document.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
}

function make(name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

/** An answer as plain text ends with its list of sources; here they stand below it, as links. */
function withoutList(text, sources) {
  const lines = text.trimEnd().split("\n");
  const repeats = (line) => sources.some(({ number, url }) => line.startsWith(`[${number}] `) && line.endsWith(url));
  while (lines.length > 1 && repeats(lines[lines.length - 1].trim())) lines.pop();
  return lines.join("\n").trimEnd();
}

function link({ number, title, url }) {
  const anchor = make("a", "", `[${number}] ${title}`);
  anchor.href = url;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  const item = make("li");
  item.append(anchor);
  return item;
}

function fit(box) {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 120)}px`;
}
