/**
 * A visitor's line to the server: one session, one socket at a time, and a queue of what is not acknowledged yet.
 *
 * The server numbers events (`seq`) and we number messages (`cid`). After every reconnect we say which event we saw
 * last and send the queue again, so nothing is lost; events are applied by seq and messages kept by cid, so nothing
 * is doubled. It never gives up, except when the site has to say first who the visitor is.
 */

import { PollingLine } from "./polling.js";
import { session as keptSession, unacked } from "./storage.js";

const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;
const PING_EVERY = 15_000;
const ANSWER_WITHIN = 8_000;
const SESSION_OVER = 4401;
const SLOW_DOWN = 4429;
const RESTART = 1012;
const SOCKETS_TO_TRY = 2;
const PAGE = newCid();

/** Return a random name for something we say, by which the server knows it again. */
export function newCid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Connection {
  #on;
  #visitor;
  #identity;
  #session = "";
  #blocked = false;
  #pause = 0;
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
  #end = new AbortController();

  /**
   * `identity` is what the site says of the visitor: {jwt} or {user}, or null. `on` has: visitor(token), opened(session),
   * signIn(), unbelieved(message), online(yes), caughtUp(), event(frame), acked(cid), refused(cid, message), typing(yes).
   */
  constructor(visitor, identity, on) {
    this.#visitor = visitor;
    this.#identity = identity;
    this.#on = on;
    const { signal } = this.#end;
    const pings = setInterval(() => this.#ping(), PING_EVERY);
    signal.addEventListener("abort", () => clearInterval(pings));
    const awake = () => document.visibilityState === "visible" && this.wake();
    window.addEventListener("online", awake, { signal });
    window.addEventListener("pageshow", awake, { signal });
    document.addEventListener("visibilitychange", awake, { signal });
  }

  /** Be over for good: nothing is sent or told any more. Return the visitor's token, for whoever goes on as them. */
  end() {
    this.#end.abort();
    clearTimeout(this.#retryTimer);
    this.#drop();
    return this.#visitor;
  }

  /** Tell whether the site has said who the visitor is. */
  get identified() {
    return this.#identity !== null;
  }

  get waiting() {
    return [...this.#queue];
  }

  /** Take a fresh word on the same visitor; return whether it is one. */
  renew(identity) {
    const same = this.#identity !== null && whoIs(identity) === whoIs(this.#identity);
    if (same) this.#identity = identity;
    return same;
  }

  /** Make sure of the line now: after sleep or a change of network a socket may only look open. */
  wake() {
    if (this.#welcomed) this.#ping();
    else if (!this.#connecting && !this.#blocked && !this.#end.signal.aborted) this.#connect();
  }

  /** Queue what is said ({type, cid, …}) and send it as soon as there is a line. */
  send(message) {
    this.#queue.push(message);
    this.#keepQueue();
    if (this.#welcomed) this.#say(message);
    else this.wake();
  }

  /** Send a file as a message of its own. It is not queued: what happened to it is told like of the others. */
  async sendFile({ cid, file }) {
    const address = `/chat/v1/files?${new URLSearchParams({ cid, name: file.name })}`;
    const headers = { Authorization: `Bearer ${this.#session}`, "Content-Type": file.type || "application/octet-stream" };
    try {
      const response = await fetch(address, { method: "POST", headers, body: file });
      const answer = await response.json();
      if (response.ok) this.#on.acked(cid);
      else this.#on.refused(cid, answer.message);
    } catch {
      this.#on.refused(cid, "");
    }
  }

  async #connect() {
    clearTimeout(this.#retryTimer);
    this.#connecting = true;
    this.#drop();
    try {
      this.#open(this.#keptSession() || (await this.#openSession()));
    } catch {
      if (this.#end.signal.aborted) return;
      this.#connecting = false;
      this.#later();
    }
  }

  #keptSession() {
    const kept = keptSession.get();
    const foreign = !kept || (kept.who ?? "") !== whoIs(this.#identity);
    if (foreign || (this.#visitor && this.#visitor !== kept.visitor)) return null;
    this.#visitor = kept.visitor;
    this.#on.visitor(kept.visitor);
    this.#on.opened({ reachable: kept.reachable === true });
    return kept.session;
  }

  async #openSession() {
    const response = await fetch("/chat/v1/session", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...(this.#visitor ? { visitor: this.#visitor } : {}), ...(this.#identity || {}) }),
      signal: AbortSignal.any([this.#end.signal, AbortSignal.timeout(ANSWER_WITHIN)]),
    });
    const answer = await response.json();
    this.#end.signal.throwIfAborted();
    if (!response.ok) return this.#notOpened(answer);
    const { session, visitor, reachable } = answer;
    if (visitor !== this.#visitor) this.#seen = 0;
    this.#visitor = visitor;
    this.#on.visitor(visitor);
    keptSession.set({ session, visitor, reachable, who: whoIs(this.#identity) });
    this.#on.opened({ reachable });
    return session;
  }

  /** Go on without an identity that is not believed, where that is allowed; else wait for a better one. */
  #notOpened({ code, message, retry }) {
    this.#pause = (retry || 0) * 1000;
    if (code === "bad_identity") {
      this.#identity = null;
      this.#on.unbelieved(message);
      return this.#openSession();
    }
    if (code === "no_identity") this.#block();
    throw new Error(`session: ${code}`);
  }

  #block() {
    this.#blocked = true;
    keptSession.set(null);
    this.#on.signIn();
  }

  #open(session) {
    this.#session = session;
    const socket = this.#failedSockets < SOCKETS_TO_TRY ? newSocket() : new PollingLine();
    this.#socket = socket;
    this.#expectAnswer();
    socket.onopen = () => this.#say({ type: "hello", session, after: this.#seen, page: PAGE });
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
    } else {
      if (code === RESTART) this.#attempts = Math.max(this.#attempts, 2); // All come back at once: spread.
      if (code === SLOW_DOWN) this.#pause = Math.max(this.#pause, LONGEST_DELAY);
      this.#later();
    }
  }

  /** Try again after a random while that grows, so that all who lost their line do not come back together. */
  #later() {
    if (this.#blocked) return;
    const longest = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.#attempts);
    const wait = this.#pause + Math.random() * longest;
    this.#attempts += 1;
    this.#pause = 0;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#connect(), wait);
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

  #hear(data) {
    clearTimeout(this.#answerTimer);
    const frame = JSON.parse(data);
    if (frame.type === "welcome") this.#welcome(frame);
    else if (frame.type === "event") this.#event(frame);
    else if (frame.type === "ack") this.#acked(frame.cid);
    else if (frame.type === "typing") this.#on.typing(frame.on === true);
    else if (frame.type === "error") this.#refused(frame);
  }

  #welcome({ cursor }) {
    this.#welcomed = true;
    this.#connecting = false;
    this.#attempts = 0;
    this.#cursor = cursor;
    this.#seen = Math.min(this.#seen, cursor);
    this.#on.online(true);
    this.#on.typing(false);
    for (const message of this.#queue) this.#say(message);
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

  #refused({ code, cid, message, retry }) {
    if (code === "no_identity") this.#block();
    if (!cid) {
      this.#pause = (retry || 0) * 1000;
      return;
    }
    if (code === "no_identity" || code === "no_session") return; // It is sent again in the next session.
    if (retry) {
      setTimeout(() => this.#again(cid), retry * 1000);
      return;
    }
    this.#forget(cid);
    this.#on.refused(cid, message);
  }

  #again(cid) {
    const message = this.#queue.find((one) => one.cid === cid);
    if (message && this.#welcomed) this.#say(message);
  }

  #forget(cid) {
    this.#queue = this.#queue.filter((one) => one.cid !== cid);
    this.#keepQueue();
  }

  #keepQueue() {
    unacked.set(this.#queue);
  }
}

/** Tell two people at one browser apart: a new token of the same person goes on with their session. */
function whoIs(identity) {
  if (!identity) return "";
  if (identity.user) return `user:${identity.user.id || identity.user.email || ""}`;
  try {
    const claims = JSON.parse(atob(identity.jwt.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
    return `jwt:${claims.sub || claims.email || ""}`;
  } catch {
    return `jwt:${identity.jwt}`;
  }
}

function newSocket() {
  const address = new URL("/chat/v1/ws", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  return new WebSocket(address);
}
