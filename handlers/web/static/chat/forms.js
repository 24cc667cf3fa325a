/** What the widget asks for besides messages: an e-mail address, and how it was. */

import { say } from "./texts.js";

const $ = (id) => document.getElementById(id);

/** Asks for an e-mail address: before the first message where the server says so, or when a person takes over. */
export class Contact {
  #config = { email: "off", mails: false };
  #reachable = false;
  #dismissed = false;

  constructor(send) {
    $("contact").addEventListener("submit", (event) => {
      event.preventDefault();
      const box = $("email");
      if (!box.value.trim() || !box.checkValidity()) return this.refused();
      $("wrong").textContent = "";
      send(box.value.trim());
    });
    $("later").addEventListener("click", () => {
      this.#dismissed = true;
      this.#show(false);
      $("text").focus();
    });
  }

  configure(config) {
    this.#config = config;
    if (config.email !== "off") this.#show(!this.#reachable);
  }

  /** Be as on a new page. */
  startOver() {
    this.#reachable = this.#dismissed = false;
    $("contact").hidden = true;
    $("contact").reset();
    $("state").dataset.mailed = "no";
    this.configure(this.#config);
  }

  /** Take the server's word on whether it can reach the visitor. */
  known(reachable) {
    this.#reachable ||= reachable;
    if (this.#reachable) this.#show(false);
  }

  given() {
    const asked = !$("contact").hidden;
    this.known(true);
    if (!asked) return;
    $("line").textContent = this.#config.mails ? say("emailKept") : "";
    $("text").focus();
  }

  refused() {
    $("wrong").textContent = say("badEmail");
    $("email").focus();
  }

  /** Whoever waits for a person may leave meanwhile. */
  mayBeNeeded(state) {
    const waits = state === "waiting" || state === "escalated";
    if (waits && this.#config.mails && !this.#reachable && !this.#dismissed) this.#show(true);
    $("state").dataset.mailed = waits && this.#config.mails && this.#reachable ? "yes" : "no";
  }

  #show(yes) {
    const required = this.#config.email === "required" && !this.#reachable;
    $("why").textContent = say(required ? "emailNeeded" : "emailOptional");
    $("contact").hidden = !yes || this.#dismissed;
    $("later").hidden = required;
    $("composer").hidden = required;
    $("human").hidden = required || $("human").dataset.asked === "yes";
  }
}

/** Asks how it was once a conversation is closed, and never again when that was answered, here or on another page. */
export class Survey {
  constructor(send) {
    $("scores").append(...[1, 2, 3, 4, 5].map(choice));
    $("survey").addEventListener("submit", (event) => {
      event.preventDefault();
      const chosen = document.querySelector("#scores input:checked");
      if (!chosen) return document.querySelector("#scores input").focus();
      send({ score: Number(chosen.value), comment: $("comment").value.trim() });
      this.answered();
      $("text").focus();
    });
    $("skip").addEventListener("click", () => {
      this.close();
      $("text").focus();
    });
  }

  ask() {
    $("survey").reset();
    for (const input of document.querySelectorAll("#scores input")) {
      input.setAttribute("aria-label", say("score", { score: input.value }));
    }
    $("survey").hidden = false;
  }

  answered() {
    this.close();
    $("state").textContent = say("thanks");
  }

  close() {
    $("survey").hidden = true;
  }
}

function choice(score) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  input.type = "radio";
  input.name = "score";
  input.value = String(score);
  const number = document.createElement("span");
  number.textContent = String(score);
  number.setAttribute("aria-hidden", "true");
  label.append(input, number);
  return label;
}
