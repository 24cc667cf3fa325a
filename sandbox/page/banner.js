// @ts-check
// What this page is, and what to do first.
import { html, useState } from "./html.js";

const HIDDEN = "threadpilot-sandbox-steps-hidden";

const NARROW = "(max-width: 720px)";

function hiddenAtFirst() {
  const choice = localStorage.getItem(HIDDEN);
  return choice ? choice === "yes" : matchMedia(NARROW).matches;
}

function Steps() {
  return html`<div class="steps">
    <ol>
      <li>Write to the shop as a customer: <a href="#mail">a mail</a> or <a href="#chat">a chat message</a>.</li>
      <li>Watch it become a card in its Slack channel: who, what, a draft, and how sure it is.</li>
      <li>Answered by itself, or waiting for you: press <b>Approve & send</b>, then read the answer in <a href="#mail">Mail</a>.</li>
    </ol>
  </div>`;
}

export function Banner({ linked, onTour }) {
  const [hidden, setHidden] = useState(hiddenAtFirst);
  const show = (visible) => {
    localStorage.setItem(HIDDEN, visible ? "no" : "yes");
    setHidden(!visible);
  };
  return html`<header class="banner">
    <div class="banner-line">
      <h1>threadpilot</h1>
      <p class="stand-in"><strong>Stand-in, not Slack.</strong> <span>The real app is talking to a workspace on this machine; nothing leaves it.</span></p>
      ${!linked && html`<p class="offline" role="status">Connection lost, trying again…</p>`}
      <button type="button" class="button tour-start" onClick=${onTour}><span>Take the </span>tour<span> (1 minute)</span></button>
      <button type="button" class="link" aria-expanded=${String(!hidden)} onClick=${() => show(hidden)}>
        ${hidden ? "What to do first" : "Hide these steps"}</button>
    </div>
    ${!hidden && html`<${Steps} />`}
  </header>`;
}
