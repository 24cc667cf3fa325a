// @ts-check
// One message: who, when, and its blocks or text. Ephemeral ones say so.
import { api } from "./api.js";
import { Blocks, useTyped } from "./blockkit.js";
import { timeOf } from "./dates.js";
import { useDesk } from "./desk.js";
import { emoji } from "./emoji.js";
import { Component, html } from "./html.js";
import { mrkdwn } from "./mrkdwn.js";
import { Menu } from "./menu.js";
import { channelHash } from "./place.js";

const TONES = 6;
const toneOf = (id) => [...String(id)].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % TONES;

function author(message, users) {
  const user = users.find((one) => one.id === message.user);
  const bot = Boolean(message.bot_id || user?.is_bot || !message.user);
  const name = message.username || (bot ? user?.name : user?.real_name) || user?.name || message.user || "threadpilot";
  return { bot, name: String(name) };
}

function Avatar({ name, bot }) {
  return html`<span class=${`avatar ${bot ? "bot" : `tone-${toneOf(name)}`}`} aria-hidden="true">${bot ? "⇶" : name.charAt(0).toUpperCase()}</span>`;
}

function Reactions({ message }) {
  const { actor, attempt } = useDesk();
  if (!message.reactions?.length) return null;
  const toggle = (reaction) => attempt(() => api.react({
    channel: message.channel, ts: message.ts, name: reaction.name, user: actor }));
  return html`<div class="reactions">${message.reactions.map((reaction) => html`<button type="button" class="reaction"
    aria-label=${`${reaction.name}, ${reaction.count ?? reaction.users?.length ?? 1}`}
    onClick=${() => toggle(reaction)}>${emoji(reaction.name)} ${reaction.count ?? reaction.users?.length ?? 1}</button>`)}</div>`;
}

function Body({ message }) {
  const { sandbox, names, people, actor } = useDesk();
  const { typed, type } = useTyped();
  if (!message.blocks?.length) return html`<div class="blocks">${mrkdwn(message.text, names)}</div>`;
  const act = (action) => api
    .click({ channel: message.channel, ts: message.ts, user: actor, ...action })
    .finally(() => sandbox.refresh("slack"));
  const suggest = (question) => api.suggest({ channel: message.channel, ts: message.ts, user: actor, ...question });
  const surface = { names, users: people, channels: sandbox.slack.channels, act, suggest, typed, type, errors: {} };
  return html`<${Blocks} blocks=${message.blocks} surface=${surface} />`;
}

const sizeOf = (bytes) => bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : bytes >= 1e3 ? `${Math.round(bytes / 1e3)} kB` : `${bytes} B`;

const isPicture = (file) => /^image\/(png|jpeg|gif|webp)$/.test(file.mimetype ?? "");

/** The app's shortcuts for a message, as Slack offers them in its menu. */
function Shortcuts({ message }) {
  const { sandbox, actor, attempt } = useDesk();
  const own = (sandbox.info.shortcuts ?? []).filter((one) => one.type === "message");
  if (!own.length || !message.ts) return null;
  const items = own.map((one) => ({
    name: one.name,
    act: () => attempt(() => api.shortcut({ callback_id: one.callback_id, user: actor, channel: message.channel, ts: message.ts }))
      .then(() => sandbox.refresh("slack")),
  }));
  return html`<${Menu} label="Shortcuts for this message" sign="⚡" items=${items} className="shortcuts" />`;
}

function Files({ message }) {
  if (!message.files?.length) return null;
  return html`<ul class="files">${message.files.map((file) => html`<li><a href=${`/slack/files/${encodeURIComponent(file.id)}`}
    download=${file.name}>${isPicture(file) && html`<img class="preview" src=${`/slack/files/${encodeURIComponent(file.id)}`} alt=${file.alt_txt ?? ""} />`}<strong>${file.title || file.name}</strong> <span>${sizeOf(file.size)}</span></a></li>`)}</ul>`;
}

function Replies({ message, replies }) {
  if (!replies?.length) return null;
  const last = replies[replies.length - 1];
  return html`<a class="replies" href=${channelHash(message.channel, message.ts)}>
    <strong>${replies.length} ${replies.length === 1 ? "reply" : "replies"}</strong> <span>last ${timeOf(last.ts)}</span></a>`;
}

function Frame({ message, replies, inThread, open, onDismiss }) {
  const { sandbox } = useDesk();
  const { name, bot } = author(message, sandbox.slack.users);
  const time = message.ts ? timeOf(message.ts) : "";
  return html`<article data-ts=${message.ts} class=${`message ${onDismiss ? "ephemeral" : ""} ${open ? "open" : ""}`} aria-label=${`${name} ${time}`}>
    <${Avatar} name=${name} bot=${bot} />
    <div class="message-main">
      ${onDismiss && html`<p class="only-you">Only visible to you</p>`}
      <p class="byline"><strong>${name}</strong>${bot && html`<span class="badge">App</span>`}<time>${time}</time>
        ${message.edited && html`<span class="edited">edited</span>`}
        ${!inThread && !onDismiss && html`<a class="reply-link" href=${channelHash(message.channel, message.ts)}
          aria-label=${`Open the thread of ${name}, ${time}`}>Open thread</a>`}
        ${!onDismiss && html`<${Shortcuts} message=${message} />`}
        ${onDismiss && html`<button type="button" class="link" onClick=${onDismiss}>Dismiss</button>`}</p>
      <${Body} message=${message} />
      <${Files} message=${message} />
      <${Reactions} message=${message} />
      ${!inThread && html`<${Replies} message=${message} replies=${replies} />`}
    </div>
  </article>`;
}

/** Drawn again only when the message, its replies or the acting person change: a channel may hold many cards. */
export class Message extends Component {
  shouldComponentUpdate(next) {
    const { props } = this;
    return (next.message !== props.message && !next.onDismiss) || next.actor !== props.actor || next.open !== props.open
      || next.known !== props.known || next.replies?.length !== props.replies?.length;
  }

  render(props) {
    return html`<${Frame} ...${props} />`;
  }
}
