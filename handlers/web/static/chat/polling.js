/**
 * Speaks the socket's protocol over plain HTTP, for networks that let no WebSocket through. It looks like a
 * WebSocket, so that the connection need not care which of both it has.
 */

const WAIT = 25;
const ANSWER_WITHIN = 35_000;
const SESSION_OVER = 4401;

const PLACES = {
  msg: "/chat/v1/messages",
  human: "/chat/v1/messages",
  contact: "/chat/v1/contact",
  rate: "/chat/v1/rating",
};

export class PollingLine {
  onopen = () => {};
  onmessage = () => {};
  onclose = () => {};
  #session = "";
  #stop = new AbortController();

  constructor() {
    queueMicrotask(() => this.onopen());
  }

  send(data) {
    const frame = JSON.parse(data);
    if (frame.type === "hello") this.#listen(frame);
    else if (frame.type === "ping") queueMicrotask(() => this.#emit({ type: "pong" }));
    else this.#post(frame);
  }

  close() {
    this.#stop.abort();
  }

  async #listen({ session, after }) {
    this.#session = session;
    let seen = after;
    let greeted = false;
    while (!this.#stop.signal.aborted) {
      const answer = await this.#fetch(`/chat/v1/events?after=${seen}&wait=${greeted ? WAIT : 0}`, {});
      if (!answer) return;
      if (!greeted) this.#emit({ type: "welcome", cursor: answer.cursor });
      greeted = true;
      answer.events.forEach((event) => this.#emit(event));
      const last = answer.events.at(-1);
      if (last) this.#emit({ type: "typing", on: last.kind === "message" && last.sender === "customer" });
      seen = last ? last.seq : Math.min(seen, answer.cursor);
    }
  }

  async #post({ type, ...said }) {
    const answer = await this.#fetch(PLACES[type], {
      method: "POST",
      body: JSON.stringify(type === "human" ? { ...said, human: true } : said),
    });
    const { cid } = said;
    if (answer) this.#emit(answer.type === "error" ? { ...answer, cid } : { type: "ack", cid, seq: answer.seq });
  }

  /** Return what the server says, or nothing when the line is over. */
  async #fetch(address, options) {
    const headers = { Authorization: `Bearer ${this.#session}`, "Content-Type": "application/json" };
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ANSWER_WITHIN)]);
    try {
      const response = await fetch(address, { ...options, headers, signal });
      const answer = await response.json();
      const aboutMessage = options.method === "POST" && response.status !== 401;
      if (response.ok || aboutMessage) return answer;
      this.#end(response.status === 401 ? SESSION_OVER : 0);
    } catch {
      this.#end(0);
    }
    return null;
  }

  #end(code) {
    if (!this.#stop.signal.aborted) this.onclose({ code });
    this.close();
  }

  #emit(frame) {
    if (!this.#stop.signal.aborted) this.onmessage({ data: JSON.stringify(frame) });
  }
}
