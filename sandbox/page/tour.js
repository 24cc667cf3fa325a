// @ts-check
// The product in a minute: a few sentences, each beside what it is about. Not a modal: the page stays usable.
import { useDesk } from "./desk.js";
import { html, useEffect, useRef, useState } from "./html.js";
import { channelHash } from "./place.js";
import { isReply } from "./store.js";

const escalations = (slack) => slack.channels.find((one) => one.name === "escalations")?.id;
const offers = (message, action) => JSON.stringify(message.blocks ?? []).includes(`"action_id":"${action}"`);

/** The card to show: the newest that waits for an agent, or the newest of all. */
function example(slack, channels) {
  const cards = [...slack.messages].reverse().filter((one) => one.blocks?.length && channels.includes(one.channel) && !isReply(one));
  return cards.find((one) => offers(one, "approve")) ?? cards[0];
}

/** The steps; `place` says where to go for one, `mark` what it is about. */
function stepsOf({ slack, info }) {
  const support = Object.values(info.channels ?? {});
  const shown = example(slack, support);
  const room = shown?.channel ?? support[0];
  const card = shown ? `.channel-pane [data-ts="${shown.ts}"]` : ".channel-pane .empty";
  return [
    { title: "Customers write as they always do", text: "By mail, chat, text message, phone, or into Zendesk. They never see Slack.",
      place: "#mail", mark: ".writer" },
    { title: "Each conversation is one card", text: "Who is asking, what the CRM knows of them, and what they want. Everything said stands in its thread.",
      place: channelHash(room), mark: card },
    { title: "The answer is drafted already", text: "From your own articles, with its sources, how sure it is, and why. What is sure enough goes out by itself.",
      place: channelHash(room), mark: `${card} .blocks` },
    { title: "One click answers", text: "Approve, edit, escalate or take it. Two people cannot answer twice, and a draft dies when the customer writes again.",
      place: channelHash(room), mark: `${card} .actions` },
    { title: "What needs people goes to people", text: "Lawyers, refunds, angry customers, or simply no good article: escalated, with a summary, and with the reason.",
      place: channelHash(escalations(slack) ?? room), mark: ".channel-pane .messages" },
    { title: "Managers steer from Slack", text: "Thresholds, a promised risk, pauses, figures: /cockpit help. Every change is on record and can be undone.",
      place: channelHash(room), mark: ".channel-pane .composer" },
    { title: "Now break it, or watch a day", text: "Weather switches Slack, the CRM or the mail off. Day plays 200 customers and five agents, and ends in a report.",
      place: "#day", mark: ".day-form" },
  ];
}

/** Marks what a step is about as soon as it is there, for as long as the step is shown. */
function useMark(step) {
  useEffect(() => {
    location.hash = step.place;
    let marked = null;
    const find = () => {
      const found = document.querySelector(step.mark);
      if (!found || found === marked) return;
      marked?.removeAttribute("data-tour");
      marked = found;
      found.setAttribute("data-tour", "");
      found.scrollIntoView({ block: "nearest" });
    };
    const watching = new MutationObserver(find);
    watching.observe(document.querySelector("main"), { childList: true, subtree: true });
    const soon = requestAnimationFrame(find);
    return () => {
      cancelAnimationFrame(soon); // Else whoever leaves at once leaves a mark.
      watching.disconnect();
      marked?.removeAttribute("data-tour");
    };
  }, [step.title]);
}

export function Tour({ onEnd }) {
  const { sandbox } = useDesk();
  const [at, setAt] = useState(0);
  const [steps] = useState(() => stepsOf(sandbox)); // What comes meanwhile changes nothing under the reader's eyes.
  const step = steps[at];
  const box = useRef(null);
  const last = at === steps.length - 1;
  useMark(step);
  useEffect(() => box.current.focus(), [at]);
  const onKeyDown = (event) => event.key === "Escape" && onEnd();
  return html`<aside class="tour" role="dialog" aria-label="Tour" aria-describedby="tour-text" tabindex="-1" ref=${box} onKeyDown=${onKeyDown}>
    <p class="quiet">${at + 1} of ${steps.length}</p>
    <h2>${step.title}</h2>
    <p id="tour-text">${step.text}</p>
    <footer class="dialog-buttons">
      <button type="button" class="link" onClick=${onEnd}>End the tour</button>
      ${at > 0 && html`<button type="button" class="button" onClick=${() => setAt(at - 1)}>Back</button>`}
      <button type="button" class="button primary" onClick=${() => (last ? onEnd() : setAt(at + 1))}>${last ? "Start using it" : "Next"}</button>
    </footer></aside>`;
}
