// @ts-check
// What the page knows of the sandbox, fetched again whenever the sandbox says that something changed.
import { api, listen } from "./api.js";
import { useCallback, useEffect, useRef, useState } from "./html.js";

const EMPTY = { channels: [], messages: [], views: [], ephemeral: [], users: [] };
const QUIET_MS = 80;

/** Keeps the object of each message that did not change, so that its card is not drawn again. */
function keepUnchanged(before, after) {
  const known = new Map(before.messages.map((message) => [`${message.channel} ${message.ts}`, message]));
  const messages = after.messages.map((message) => {
    const old = known.get(`${message.channel} ${message.ts}`);
    return old && JSON.stringify(old) === JSON.stringify(message) ? old : message;
  });
  return { ...EMPTY, ...after, messages };
}

/** Runs `load` once at a time; calls during a run lead to exactly one more run. @param {() => Promise<void>} load */
function oneAtATime(load) {
  let running = null;
  let again = false;
  return async function run() {
    if (running) {
      again = true;
      return running;
    }
    running = load().finally(() => {
      running = null;
    });
    await running;
    if (again) {
      again = false;
      await run();
    }
    return undefined;
  };
}

/** @param {(error: Error) => void} onError */
export function useSandbox(onError) {
  const [slack, setSlack] = useState(null);
  const [mail, setMail] = useState([]);
  const [phone, setPhone] = useState({ sms: [], calls: [] });
  const [crm, setCrm] = useState({ tickets: [], cases: [] });
  const [info, setInfo] = useState({});
  const [company, setCompany] = useState({ customers: [], tickets: [] });
  const [day, setDay] = useState({ playing: false, progress: null, report: null, error: "", log_errors: null });
  const [weatherTurns, turn] = useState(0);
  const [linked, setLinked] = useState(true);
  const loaders = useRef(null);

  loaders.current ??= {
    slack: oneAtATime(() => api.state().then((state) => setSlack((old) => keepUnchanged(old ?? EMPTY, state)), onError)),
    mail: oneAtATime(() => api.mail().then(setMail, onError)),
    phone: oneAtATime(() => api.phone().then(setPhone, onError)),
    crm: oneAtATime(() => api.crm().then(setCrm, onError)),
    day: oneAtATime(() => api.day().then(setDay, onError)),
    weather: oneAtATime(async () => turn((turns) => turns + 1)),
    info: oneAtATime(() => api.info().then(setInfo, onError)),
  };
  const refresh = useCallback((what) => loaders.current[what]?.(), []);

  useEffect(() => {
    const waiting = new Map();
    const soon = (what) => {
      if (waiting.has(what)) return;
      waiting.set(what, setTimeout(() => waiting.delete(what) && refresh(what), QUIET_MS));
    };
    const everything = () => ["slack", "mail", "phone", "crm", "info", "day"].forEach(soon);
    api.company().then(setCompany, onError);
    everything();
    return listen(soon, (up) => {
      setLinked(up);
      if (up) everything();
    });
  }, []);

  return { slack: slack ?? EMPTY, loaded: slack !== null, mail, phone, crm, info, company, day, weatherTurns, linked, refresh };
}

/** Names for ids; an unknown id is shown as it is. */
export function namesOf({ users, channels }) {
  const people = new Map(users.map((user) => [user.id, user.real_name || user.name || user.id]));
  const rooms = new Map(channels.map((channel) => [channel.id, channel.name]));
  return { user: (id) => people.get(id) ?? String(id), channel: (id) => rooms.get(id) ?? String(id) };
}

export const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;

/** Roots of a Slack channel and the replies by root. */
export function conversations(messages, channel) {
  const roots = [];
  const replies = new Map();
  for (const message of messages) {
    if (message.channel !== channel) continue;
    if (!isReply(message)) roots.push(message);
    else replies.set(message.thread_ts, [...(replies.get(message.thread_ts) ?? []), message]);
  }
  return { roots: roots.sort((a, b) => Number(a.ts) - Number(b.ts)), replies };
}
