// @ts-check
// Where the reader is, kept in the URL hash: #channel/C1, #channel/C1/1700000000.000100, #home, #mail, #chat, #sms, #phone, #crm, #day, #weather.
import { useEffect, useState } from "./html.js";

/** @typedef {{kind: string, channel?: string, ts?: string}} Place */

/** @param {string} hash @returns {Place} */
export function readPlace(hash) {
  const [kind, channel, ts] = hash.replace(/^#/, "").split("/").map(decodeURIComponent);
  if (kind === "channel" && channel) return { kind, channel, ts };
  return { kind: ["home", "mail", "chat", "sms", "phone", "crm", "day", "weather"].includes(kind) ? kind : "" };
}

/** @param {string} channel @param {string} [ts] */
export const channelHash = (channel, ts) => `#channel/${channel}${ts ? `/${ts}` : ""}`;

const PERMALINK = /^https:\/\/[\w-]+\.slack\.example\/archives\/(\w+)\/p(\d{10})(\d{6})(?:\?.*)?$/;

/** The place in this page that a link to a message of the stand-in means; "" for any other. @param {string} url */
export function placeOf(url) {
  const [, channel, seconds, rest] = PERMALINK.exec(url) ?? [];
  return channel ? channelHash(channel, `${seconds}.${rest}`) : "";
}

export function usePlace() {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = () => setHash(location.hash);
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return readPlace(hash);
}
