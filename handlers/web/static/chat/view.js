/** What the visitor sees. Everything that comes from a person or the server is set as text, never as markup. */

const $ = (id) => document.getElementById(id);

const PATIENCE = 10_000;
const WHO = { customer: "You", ai: "Assistant", agent: "Support team" };
const STATES = {
  waiting: "A colleague looks at this and will answer you here.",
  escalated: "A specialist takes care of this and will answer you here.",
  received: "We have your message and will answer you here.",
  resolved: "This conversation is closed. Write again whenever you need us.",
};
const ASKED = new Set(["escalated"]);

export class View {
  #actions;
  #pending = new Map();
  #offlineTimer = 0;

  /** `actions` has: send(text), human(), retry(message), close(). */
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
    $("close").addEventListener("click", () => actions.close());
    document.addEventListener("keydown", (event) => event.key === "Escape" && actions.close());
  }

  /** Let the visitor send: until now there was nothing to send with, and what they wrote stays in the box. */
  enable() {
    $("send").disabled = false;
    $("human").disabled = false;
  }

  /** Take the visitor to where the talk goes on: its end, and the box. */
  focus() {
    $("log").scrollTop = $("log").scrollHeight;
    $("text").focus();
  }

  hideClose() {
    $("close").hidden = true;
  }

  /** From now on what is added is read out; history is not. */
  announceFromNowOn() {
    $("log").setAttribute("aria-live", "polite");
  }

  /** Show a message of ours that the server has not confirmed. */
  pending(message) {
    const item = this.#item("customer", message.text, new Date());
    this.#pending.set(message.cid, { item, message });
    this.#fate(item, "Sending …");
    this.#watch(message.cid);
    $("messages").append(item);
    $("log").scrollTop = $("log").scrollHeight;
  }

  acked(cid) {
    const waiting = this.#pending.get(cid);
    if (!waiting) return;
    waiting.kept = true;
    this.#fate(waiting.item, "Sent");
  }

  refused(cid, reason) {
    const waiting = this.#pending.get(cid);
    if (waiting) this.#failed(waiting, `Not sent: ${reason}`);
  }

  /** Show a message event; our own takes the place of the pending one. */
  message(event) {
    const waiting = this.#pending.get(event.cid);
    this.#pending.delete(event.cid);
    const item = waiting ? waiting.item : this.#item(event.sender, event.text, new Date(event.at), event.sources);
    item.dataset.seq = event.seq;
    if (waiting) this.#fate(item, "Sent");
    keepingAtEnd(() => this.#place(item));
  }

  state(state) {
    $("state").textContent = STATES[state] || "";
    $("human").disabled = ASKED.has(state);
    $("human").textContent = ASKED.has(state) ? "A human has been asked" : "Talk to a human";
  }

  typing(on) {
    keepingAtEnd(() => ($("typing").hidden = !on));
  }

  /** A short interruption is nobody's business; a long one is said. */
  online(yes) {
    clearTimeout(this.#offlineTimer);
    if (yes) $("line").textContent = "";
    else this.#offlineTimer = setTimeout(() => ($("line").textContent = "No connection. Trying again …"), 2000);
  }

  #submit(box) {
    const text = box.value.trim();
    if (!text || $("send").disabled) return;
    box.value = "";
    fit(box);
    this.#actions.send(text);
  }

  #item(sender, text, at, sources = []) {
    const item = make("li", `message ${sender === "customer" ? "mine" : "theirs"}`);
    const head = make("p", "who", WHO[sender] || "");
    if (sender === "ai") head.append(" ", make("span", "ai", "AI"));
    const time = make("time", "", at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
    time.dateTime = at.toISOString();
    head.append(" ", time);
    const linked = sources.filter((source) => /^https?:\/\//i.test(source.url));
    item.append(head, make("p", "text", withoutList(text, linked)));
    if (linked.length) {
      const list = make("ul", "sources");
      list.setAttribute("aria-label", "Sources");
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
    const again = make("button", "again", "Try again");
    again.type = "button";
    again.addEventListener("click", () => {
      this.#fate(item, "Sending …");
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
      this.#failed(waiting, "Not sent yet, we keep trying.");
    }, PATIENCE);
  }
}

/** Follow what is added, unless the visitor has scrolled up to read. */
function keepingAtEnd(change) {
  const log = $("log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  change();
  if (atEnd) log.scrollTop = log.scrollHeight;
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
