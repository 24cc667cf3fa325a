/**
 * A visitor's line to the server: one session, one socket at a time, and a queue of what is not acknowledged yet.
 *
 * The server numbers events (`seq`) and we number messages (`cid`). After every reconnect we say which event we saw
 * last and send the queue again, so nothing is lost; events are applied by seq and messages kept by cid, so nothing
 * is doubled. It never gives up.
 */

import { PollingLine } from "./polling.js";
import { session as keptSession, unacked } from "./storage.js";

const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;
const PING_EVERY = 15_000;
const ANSWER_WITHIN = 8_000;
const SESSION_OVER = 4401;
const SOCKETS_TO_TRY = 2;

export class Connection {
  #on;
  #visitor;
  #socket = null;
  #connecting = false;
  #welcomed = false;
  #seen = 0;
  #cursor = 0;
  #attempts = 0;
  #failedSockets = 0;
  #retryTimer = 0;
  #answerTimer = 0;
  #queue = unacked.get() || [];

  /** `on` has: visitor(token), online(yes), caughtUp(), event(frame), acked(cid), refused(cid, message), typing(yes). */
  constructor(visitor, on) {
    this.#visitor = visitor;
    this.#on = on;
    setInterval(() => this.#ping(), PING_EVERY);
    const awake = () => document.visibilityState === "visible" && this.wake();
    window.addEventListener("online", awake);
    window.addEventListener("pageshow", awake);
    document.addEventListener("visibilitychange", awake);
  }

  get waiting() {
    return [...this.#queue];
  }

  /** Make sure of the line now: after sleep or a change of network a socket may only look open. */
  wake() {
    if (this.#welcomed) this.#ping();
    else if (!this.#connecting) this.#connect();
  }

  /** Queue a message and send it as soon as there is a line. */
  send(message) {
    this.#queue.push(message);
    this.#keepQueue();
    if (this.#welcomed) this.#transmit(message);
    else this.wake();
  }

  async #connect() {
    clearTimeout(this.#retryTimer);
    this.#connecting = true;
    this.#drop();
    try {
      this.#open(this.#keptSession() || (await this.#openSession()));
    } catch {
      this.#connecting = false;
      this.#later();
    }
  }

  #keptSession() {
    const kept = keptSession.get();
    if (!kept || (this.#visitor && this.#visitor !== kept.visitor)) return null;
    this.#visitor = kept.visitor;
    this.#on.visitor(kept.visitor);
    return kept.session;
  }

  async #openSession() {
    const asked = this.#visitor ? { visitor: this.#visitor } : {};
    const response = await fetch("/chat/v1/session", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(asked),
      signal: AbortSignal.timeout(ANSWER_WITHIN),
    });
    if (!response.ok) throw new Error(`session: ${response.status}`);
    const { session, visitor } = await response.json();
    if (visitor !== this.#visitor) this.#seen = 0;
    this.#visitor = visitor;
    this.#on.visitor(visitor);
    keptSession.set({ session, visitor });
    return session;
  }

  #open(session) {
    const socket = this.#failedSockets < SOCKETS_TO_TRY ? newSocket() : new PollingLine();
    this.#socket = socket;
    this.#expectAnswer();
    socket.onopen = () => this.#say({ type: "hello", session, after: this.#seen });
    socket.onmessage = (message) => socket === this.#socket && this.#hear(message.data);
    socket.onclose = (event) => socket === this.#socket && this.#lost(event.code);
  }

  #drop() {
    clearTimeout(this.#answerTimer);
    const socket = this.#socket;
    this.#socket = null;
    this.#welcomed = false;
    if (socket) socket.close();
  }

  #lost(code) {
    const socketFailed = !this.#welcomed && this.#socket instanceof WebSocket;
    this.#failedSockets = socketFailed ? this.#failedSockets + 1 : 0;
    this.#connecting = false;
    this.#drop();
    this.#on.online(false);
    const over = code === SESSION_OVER && keptSession.get() !== null;
    if (over) keptSession.set(null);
    if (over && this.#attempts === 0) {
      this.#attempts = 1; // A new session at once, but only once.
      this.#connect();
    } else this.#later();
  }

  #later() {
    const longest = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.#attempts);
    this.#attempts += 1;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#connect(), Math.random() * longest);
  }

  #ping() {
    if (!this.#welcomed) return;
    this.#say({ type: "ping" });
    this.#expectAnswer();
  }

  #expectAnswer() {
    const socket = this.#socket;
    clearTimeout(this.#answerTimer);
    this.#answerTimer = setTimeout(() => socket === this.#socket && this.#lost(0), ANSWER_WITHIN);
  }

  #say(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  #transmit({ cid, text, human }) {
    this.#say(human ? { type: "human", cid, text } : { type: "msg", cid, text });
  }

  #hear(data) {
    clearTimeout(this.#answerTimer);
    const frame = JSON.parse(data);
    if (frame.type === "welcome") this.#welcome(frame);
    else if (frame.type === "event") this.#event(frame);
    else if (frame.type === "ack") this.#acked(frame.cid);
    else if (frame.type === "typing") this.#on.typing(frame.on === true);
    else if (frame.type === "error" && frame.cid) this.#refused(frame);
  }

  #welcome({ cursor }) {
    this.#welcomed = true;
    this.#connecting = false;
    this.#attempts = 0;
    this.#cursor = cursor;
    this.#seen = Math.min(this.#seen, cursor);
    this.#on.online(true);
    this.#on.typing(false);
    for (const message of this.#queue) this.#transmit(message);
    if (this.#seen === cursor) this.#on.caughtUp();
  }

  #event(frame) {
    if (frame.seq <= this.#seen) return;
    this.#seen = frame.seq;
    if (frame.cid) this.#forget(frame.cid);
    this.#on.event(frame);
    if (frame.seq === this.#cursor) this.#on.caughtUp();
  }

  #acked(cid) {
    this.#forget(cid);
    this.#on.acked(cid);
  }

  #refused({ cid, message, retry }) {
    if (retry) {
      setTimeout(() => this.#again(cid), retry * 1000);
      return;
    }
    this.#forget(cid);
    this.#on.refused(cid, message);
  }

  #again(cid) {
    const message = this.#queue.find((one) => one.cid === cid);
    if (message && this.#welcomed) this.#transmit(message);
  }

  #forget(cid) {
    this.#queue = this.#queue.filter((one) => one.cid !== cid);
    this.#keepQueue();
  }

  #keepQueue() {
    unacked.set(this.#queue);
  }
}

function newSocket() {
  const address = new URL("/chat/v1/ws", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  return new WebSocket(address);
}
