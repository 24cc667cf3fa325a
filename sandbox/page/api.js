// @ts-check
// The sandbox's control API. Whatever goes wrong becomes an ApiError whose message a person can read.

export class ApiError extends Error {
  /** @param {string} message @param {Record<string, string>} [fields] what is wrong, by block of a form */
  constructor(message, fields = {}) {
    super(message);
    this.fields = fields;
  }
}

const IN_WORDS = {
  operation_timeout: "The app did not answer within 3 seconds.",
  dispatch_failed: "No app is listening to this Slack stand-in.",
  user_not_in_channel: "This person is not in that Slack channel.",
  channel_not_found: "There is no such channel.",
  message_not_found: "This message is gone.",
  not_found: "This dialog is no longer open.",
  no_such_action: "This control is no longer there.",
  already_reacted: "You have already reacted with that.",
};

/** @param {any} body @param {number} status */
function failure(body, status) {
  const code = typeof body?.error === "string" ? body.error : "";
  const words = IN_WORDS[code] ?? body?.message ?? code;
  const fields = code === "invalid_input" ? body.errors : {};
  return new ApiError(words || `The sandbox answered with status ${status}.`, fields);
}

/** @param {string} path @param {RequestInit} [options] */
async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ApiError("The sandbox does not answer. Is it still running?");
  }
  const body = await response.json().catch(() => null);
  if (!response.ok || body === null || body.ok === false) throw failure(body, response.status);
  return body;
}

/** @param {string} path */
const get = (path) => request(path, { cache: "no-store" });

/** @param {string} path @param {object} body */
const post = (path, body) =>
  request(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const api = {
  info: () => get("/control/info"),
  state: () => get("/control/slack/state"),
  mail: () => get("/control/mail"),
  phone: async () => ({ sms: await get("/control/sms"), calls: await get("/control/calls") }),
  crm: async () => ({ ...(await get("/control/zendesk/state")), ...(await get("/control/salesforce/cases")) }),
  comment: (comment) => post("/control/zendesk/comment", comment),
  ticketStatus: (change) => post("/control/zendesk/status", change),
  caseComment: (comment) => post("/control/salesforce/comment", comment),
  caseStatus: (change) => post("/control/salesforce/status", change),
  openTicket: (ticket) => post("/control/zendesk/ticket", ticket),
  company: () => get("/control/company"),
  text: (message) => post("/control/sms", message),
  call: (step) => post("/control/call", step),
  sendMail: (mail) => post("/control/mail/send", mail),
  say: (message) => post("/control/slack/message", message),
  click: (click) => post("/control/slack/click", click),
  command: (command) => post("/control/slack/command", command),
  submit: (submission) => post("/control/slack/submit", submission),
  close: (closing) => post("/control/slack/close", closing),
  home: (user) => post("/control/slack/home", { user }),
  upload: (file) => post("/control/slack/upload", file),
  suggest: (question) => post("/control/slack/suggest", question),
  shortcut: (choice) => post("/control/slack/shortcut", choice),
  changeChannel: (change) => post("/control/slack/channel", change),
  changePerson: (change) => post("/control/slack/person", change),
  weather: () => get("/control/weather"),
  setWeather: (weather) => post("/control/weather", weather),
  day: () => get("/control/day"),
  playDay: (options) => post("/control/day", options),
  stopDay: () => post("/control/day/stop", {}),
  react: (reaction) => post("/control/slack/reaction", reaction),
};

/**
 * Calls onChange(what) for each change the sandbox tells of, onLink(up) when the stream comes or goes.
 * @param {(what: string) => void} onChange @param {(up: boolean) => void} onLink
 */
export function listen(onChange, onLink) {
  const source = new EventSource("/control/stream");
  source.onopen = () => onLink(true);
  source.onerror = () => onLink(false);
  source.onmessage = (event) => {
    try {
      onChange(JSON.parse(event.data).changed ?? "slack");
    } catch {
      onChange("slack");
    }
  };
  return () => source.close();
}
