/** The widget's page: puts the connection, the view and the loader's bridge together. */

import { bridge } from "./bridge.js";
import { Connection, newCid } from "./connection.js";
import { Contact, Survey } from "./forms.js";
import * as sound from "./sound.js";
import { forgetAll, read, session, unacked, visitor as keptVisitor } from "./storage.js";
import { say, speak } from "./texts.js";
import { wear } from "./theme.js";
import { View } from "./view.js";

const DEFAULTS = { brand: "", email: "off", identity: "optional", mails: false };

let connection;
let shown = false;
let newest = 0;
let caughtUp = false;
const answers = [];

const view = new View({
  send: (text) => post({ type: "msg", cid: newCid(), text }),
  human: () => post({ type: "human", cid: newCid(), text: say("humanRequest") }),
  file: (file) => postFile({ cid: newCid(), text: file.name, file }),
  retry,
  close: () => bridge.close(),
});
const survey = new Survey((rating) => connection.send({ type: "rate", cid: newCid(), ...rating }));
const contact = new Contact((email) => connection.send({ type: "contact", cid: newCid(), email }));

function isQueued({ cid }) {
  return connection.waiting.some((one) => one.cid === cid);
}

function isMessage({ type }) {
  return type === "msg" || type === "human";
}

function retry(message) {
  if (message.file) connection.sendFile(message);
  else if (isQueued(message)) connection.wake();
  else connection.send(message);
}

function postFile(message) {
  view.pending(message);
  connection.sendFile(message);
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

function answered(event) {
  answers.push(event.seq);
  view.typing(false); // Said by the answer itself: the server's word for it comes a moment later.
  if (!caughtUp) return;
  bridge.message({ sender: event.sender, text: event.text, seq: event.seq, at: event.at });
  if (!shown || document.visibilityState !== "visible") sound.ring();
}

function happened(event) {
  newest = event.seq;
  if (event.kind === "message") told(event);
  else if (event.kind === "state") stands(event);
  else if (event.kind === "csat") survey.answered();
  else if (event.kind === "contact") contact.given();
}

function told(event) {
  if (event.sender === "customer") survey.close();
  else answered(event);
  view.message(event);
  countUnread();
}

function stands(event) {
  contact.mayBeNeeded(event.state);
  view.state(event);
  if (event.state === "resolved") survey.ask();
}

function keepVisitor(token, before) {
  if (token !== before) read.set(0); // Somebody new: their events count from 1 again.
  if (bridge.framed) bridge.keepVisitor(token);
  else keptVisitor.set(token);
}

async function configured() {
  try {
    const response = await fetch("/chat/v1/config", { signal: AbortSignal.timeout(4000) });
    return response.ok ? { ...DEFAULTS, ...(await response.json()) } : DEFAULTS;
  } catch {
    return DEFAULTS;
  }
}

/** Open the line of a visitor, or of nobody known. */
function connect(token, identity) {
  connection = new Connection(token, identity, {
    visitor: (now) => keepVisitor(now, token),
    opened: ({ reachable }) => contact.known(reachable),
    signIn: () => {
      view.signIn();
      bridge.askIdentity("");
    },
    unbelieved: (why) => bridge.askIdentity(why),
    online: (yes) => view.online(yes),
    caughtUp: () => {
      caughtUp = true;
      view.announceFromNowOn();
    },
    event: happened,
    acked: (cid) => view.acked(cid),
    refused: (cid, reason) => view.refused(cid, reason) || contact.refused(),
    typing: (on) => view.typing(on),
  });
}

function begin() {
  connection.waiting.filter(isMessage).forEach((message) => view.pending(message));
  connection.wake();
}

async function start({ visitor, shown: isShown, identity, locale, theme }) {
  if (connection) return;
  wear(theme);
  connect(typeof visitor === "string" ? visitor : null, identity || null);
  const [config] = await Promise.all([configured(), speak(locale)]);
  contact.configure(config);
  view.name(config);
  view.enable();
  begin();
  show(isShown === true || shown);
}

function show(isShown) {
  shown = isShown;
  countUnread();
  if (shown) view.focus();
}

/**
 * Begin anew as whoever the site names now: nothing that one person was shown or had not sent yet stays for the next.
 * The page stays, for somebody may be typing in it.
 */
function beginAgain(token, identity) {
  session.set(null);
  read.set(0);
  caughtUp = false;
  newest = 0;
  answers.length = 0;
  view.startOver();
  survey.close();
  contact.startOver();
  connect(token, identity);
  begin();
}

function identify(identity) {
  if (connection.renew(identity)) return;
  if (connection.identified) unacked.set([]);
  beginAgain(connection.end(), identity);
}

function reset() {
  connection.end();
  forgetAll();
  view.forgetTyped();
  beginAgain(null, null);
}

document.addEventListener("visibilitychange", countUnread);
if (bridge.framed) {
  bridge.listen({
    init: start,
    show,
    locale: (locale) => speak(locale).then(() => view.retell()),
    theme: wear,
    identify: (identity) => identify(identity || null),
    reset,
  });
} else {
  view.hideClose();
  start({ visitor: keptVisitor.get(), shown: true });
}
