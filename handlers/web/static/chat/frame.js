/** The widget's page: puts the connection, the view and the loader's bridge together. */

import { bridge } from "./bridge.js";
import { Connection } from "./connection.js";
import { read, visitor as keptVisitor } from "./storage.js";
import { View } from "./view.js";

const HUMAN_REQUEST = "I would like to talk to a human, please.";

let connection;
let shown = false;
let newest = 0;
const answers = [];

const view = new View({
  send: (text) => post({ cid: newCid(), text }),
  human: () => post({ cid: newCid(), text: HUMAN_REQUEST, human: true }),
  retry: (message) => (isQueued(message) ? connection.wake() : connection.send(message)),
  close: () => bridge.close(),
});

function newCid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function isQueued({ cid }) {
  return connection.waiting.some((one) => one.cid === cid);
}

function post(message) {
  view.pending(message);
  connection.send(message);
}

function countUnread() {
  if (shown && document.visibilityState === "visible") read.set(newest);
  const last = read.get() || 0;
  bridge.unread(answers.filter((seq) => seq > last).length);
}

function answered(seq) {
  answers.push(seq);
  view.typing(false); // Said by the answer itself: the server's word for it comes a moment later.
}

function happened(event) {
  newest = event.seq;
  if (event.kind === "state") view.state(event.state);
  if (event.kind !== "message") return;
  if (event.sender === "customer") view.state("");
  else answered(event.seq);
  view.message(event);
  countUnread();
}

function keepVisitor(token, before) {
  if (token !== before) read.set(0); // Somebody new: their events count from 1 again.
  if (bridge.framed) bridge.keepVisitor(token);
  else keptVisitor.set(token);
}

function start({ visitor, shown: isShown }) {
  if (connection) return;
  connection = new Connection(visitor, {
    visitor: (token) => keepVisitor(token, visitor),
    online: (yes) => view.online(yes),
    caughtUp: () => view.announceFromNowOn(),
    event: happened,
    acked: (cid) => view.acked(cid),
    refused: (cid, reason) => view.refused(cid, reason),
    typing: (on) => view.typing(on),
  });
  connection.waiting.forEach((message) => view.pending(message));
  view.enable();
  connection.wake();
  show(isShown);
}

function show(isShown) {
  shown = isShown;
  countUnread();
  if (shown) view.focus();
}

document.addEventListener("visibilitychange", countUnread);
if (bridge.framed) {
  bridge.listen({ init: start, show });
} else {
  view.hideClose();
  start({ visitor: keptVisitor.get(), shown: true });
}
