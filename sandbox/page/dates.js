// @ts-check
// Slack's date tokens and the short times beside messages, always in the reader's own time zone.

const DAY = 86_400_000;
const format = (options) => (date) => new Intl.DateTimeFormat("en-GB", options).format(date);
const time = format({ hour: "2-digit", minute: "2-digit" });
const short = format({ day: "numeric", month: "short", year: "numeric" });
const long = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const middle = format({ day: "numeric", month: "long", year: "numeric" });
const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);

function pretty(otherwise) {
  return (date) => {
    const days = Math.round((midnight(date) - midnight(new Date())) / DAY);
    return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days] ?? otherwise(date);
  };
}

function ago(date) {
  const minutes = Math.round((Date.now() - date.getTime()) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 1440 ? `${Math.round(minutes / 60)} h ago` : `${Math.round(minutes / 1440)} d ago`;
}

const TOKENS = {
  date_num: (date) => date.toLocaleDateString("sv-SE"),
  date: middle,
  date_short: short,
  date_long: long,
  date_pretty: pretty(middle),
  date_short_pretty: pretty(short),
  date_long_pretty: pretty(long),
  day_divider_pretty: pretty(long),
  time,
  time_secs: format({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  ago,
};

/**
 * The text of <!date^seconds^pattern|…>, or null when it cannot be told (then the fallback is shown).
 * @param {number} seconds @param {string | undefined} pattern
 */
export function formatDate(seconds, pattern) {
  const date = new Date(seconds * 1000);
  if (!pattern || Number.isNaN(date.getTime())) return null;
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => TOKENS[name]?.(date) ?? whole);
}

/** @param {string} ts */
export const timeOf = (ts) => formatDate(Number(ts), "{time}") ?? "";

/** @param {string} ts */
export function dayOf(ts) {
  const day = formatDate(Number(ts), "{day_divider_pretty}") ?? "";
  return day.charAt(0).toUpperCase() + day.slice(1);
}
