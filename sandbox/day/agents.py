"""Five agents at work: each takes the card that waits longest, reads, thinks, and presses what the card offers.

They decide as a careful team would, by the ticket's label and by what the draft rests on. What they press goes
through the stand-in's own doors, so that a press on a dead card is refused to them as to everybody.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from sandbox.day.cards import Card, text_input
from sandbox.day.pace import Pace
from sandbox.day.talk import Talk
from sandbox.slack.directory import ALEX, KIM, MORGAN, RIVERA, SAM
from sandbox.slack.errors import SlackError
from sandbox.slack.people import People
from sandbox.wire import Record

TEAM = (KIM, RIVERA, SAM, ALEX, MORGAN)
_READS, _WRITES = 4.0, 0.75  # Words a second.
_DECIDES = (4.0, 20.0)  # Seconds.
_LOOKS = 0.1  # Seconds of the world between two looks at the desk.
_MAY_TAKE = 20.0  # Seconds of the world until an answer that has not arrived is taken up again.
_LEFT_OPEN = 8 * 60.0  # So many seconds after an answer an agent closes what nobody has written to again.
_FOR_SPECIALISTS = "The articles do not cover this: please look at it yourselves."
_ONE_MORE_WORD = "If anything is left open, just answer this message."
_OWN_WORDS = (
    "Hello,\n\nthank you for writing to us. I have looked into this for you: I will take care of it today and write "
    "to you again as soon as it is done. You need not do anything until then.\n\nBest regards\n{name}, Northwind"
)


@dataclass(frozen=True)
class Job:
    """A card that needs somebody, and what for: `deed` is the name of a method of Agent."""

    card: Card
    talk: Talk
    deed: str


class Jobs(Protocol):
    """Where agents find what to do."""

    def next_job(self, user: str) -> Job | None: ...

    def laid_down(self, job: Job, *, done: bool) -> None: ...


class Agent:
    def __init__(self, user: str, name: str, people: People, pace: Pace, lot: random.Random) -> None:
        self.user, self._name = user, name
        self._people, self._pace, self._lot = people, pace, lot

    async def work(self, jobs: Jobs) -> None:
        """Take one card after the other, until cancelled."""
        while True:
            job = jobs.next_job(self.user)
            if job is None:
                await asyncio.sleep(_LOOKS)
                continue
            deed: Callable[[Card, Talk], Awaitable[None]] = getattr(self, job.deed)
            try:
                await self._think(job)
                await deed(job.card, job.talk)
            except SlackError as refusal:  # Somebody was faster, the card has changed, or the app is slow.
                job.talk.refusals.append(refusal.error)
                jobs.laid_down(job, done=False)
            else:
                jobs.laid_down(job, done=True)

    async def answer(self, card: Card, talk: Talk) -> None:
        """Approve, edit or escalate a draft, as its ticket asks for."""
        fits = talk.names_an_article(card.draft)
        if talk.ticket.wanted == "ignore" or talk.by_agent is not None:
            await self.close(card, talk)
        elif talk.ticket.wanted == "escalate" and not talk.wrote_again and "escalate" in card.actions:
            await self._escalate(card, talk)
        elif not fits:
            await self.reply(card, talk)
        elif talk.ticket.wanted == "send" and self._lot.random() < 0.85:
            talk.agent_sends_at, talk.answered_how = self._pace.now(), "approve"
            await self._press(card, talk, "approve", answers=True)
        else:
            await self._write(card, talk, "edit", "{draft}\n\n" + _ONE_MORE_WORD)

    async def reply(self, card: Card, talk: Talk) -> None:
        """Answer in own words, from wherever the card offers it."""
        opens = "reply" if "reply" in card.actions else "more"
        await self._write(card, talk, opens, _OWN_WORDS.format(name=self._name.split()[0]))

    async def take(self, card: Card, talk: Talk) -> None:
        """Take an escalated conversation, look into it, and answer it."""
        await self._press(card, talk, "take", answers=True)
        talk.taken_by = self.user
        await self._pace.sleep(self._lot.uniform(120, 420))
        await self.reply(card, talk)

    async def judge(self, card: Card, talk: Talk) -> None:
        """Say whether an automatic answer was good, then close the conversation."""
        await self._press(card, talk, "good" if talk.is_right else "wrong")
        if talk.is_right:
            await self.close(card, talk)

    async def settle(self, card: Card, talk: Talk) -> None:
        """Send again what did not arrive."""
        await self._press(
            card, talk, "went_out" if talk.arrivals and "went_out" in card.actions else "resend"
        )

    async def close(self, card: Card, talk: Talk) -> None:
        talk.closing = True
        talk.settled_by_agent = talk.settled_by_agent or not talk.ticket.expects_an_answer
        if "resolve" in card.actions:
            await self._press(card, talk, "resolve")
        else:
            await self._choose(card, talk, "resolve")

    async def _think(self, job: Job) -> None:
        words = len(f"{job.talk.ticket.text} {job.card.draft}".split())
        await self._pace.sleep(words / _READS + self._lot.uniform(*_DECIDES))

    async def _escalate(self, card: Card, talk: Talk) -> None:
        opened = await self._press(card, talk, "escalate", answers=True)
        view = opened.get("view")
        talk.escalated_by_agent = True
        if view is not None:
            await self._fill_in(view, talk, _FOR_SPECIALISTS)

    async def _write(self, card: Card, talk: Talk, opens: str, text: str) -> None:
        opened = (
            await self._choose(card, talk, "reply", answers=True)
            if opens == "more"
            else await self._press(card, talk, opens, answers=True)
        )
        view = opened.get("view")
        place = text_input(view) if view else None
        if view is None or place is None:
            raise SlackError("window_not_filled")  # The app is slow: the card is taken up again.
        written = text.format(draft=place[2])
        typed = len(written.split()) - (len(place[2].split()) if place[2] in written else 0)
        await self._pace.sleep(typed / _WRITES)
        talk.agent_sends_at, talk.answered_how = self._pace.now(), "edit" if opens == "edit" else "reply"
        await self._fill_in(view, talk, written)

    async def _fill_in(self, view: Record, talk: Talk, text: str) -> None:
        place = text_input(view)
        values = {place[0]: {place[1]: text}} if place else {}
        self._count(talk, 1, answers=True)
        answer = await self._people.submit(view["id"], self.user, values)
        if answer["response_action"] in ("errors", "update"):  # The window stays, and says why.
            raise SlackError("window_not_taken")

    async def _press(self, card: Card, talk: Talk, action: str, *, answers: bool = False) -> Record:
        self._count(talk, 1, answers=answers)
        return await self._people.press_on_message(card.channel, card.ts, action, self.user, None)

    async def _choose(self, card: Card, talk: Talk, named: str, *, answers: bool = False) -> Record:
        """Choose from the menu: one click opens it, another one chooses."""
        value = card.choice("more", named)
        if value is None:
            raise SlackError("no_such_action")
        self._count(talk, 2, answers=answers)
        return await self._people.press_on_message(card.channel, card.ts, "more", self.user, value)

    def _count(self, talk: Talk, clicks: int, *, answers: bool) -> None:
        talk.clicks += clicks
        talk.clicks_to_answer += clicks if answers else 0


def needed(card: Card, talk: Talk, now: float, pace: Pace) -> str | None:
    """Return what a card needs somebody for: the name of a method of Agent, or None."""
    actions = card.actions
    if "resend" in actions or "went_out" in actions:
        return "settle"
    if "good" in actions:
        return "judge" if card.wants_a_verdict else None
    if talk.by_agent is not None:
        is_due = now - talk.by_agent.at > pace.world(_LEFT_OPEN)
        return "close" if is_due and _can_be_closed(card) else None
    if talk.resolved_by_itself:
        return "close" if _can_be_closed(card) else None
    if _is_on_its_way(talk, now, pace):
        return None
    return _to_answer(card, talk)


def _to_answer(card: Card, talk: Talk) -> str | None:
    """Return how to begin with a card that nobody has answered."""
    actions = card.actions
    if "approve" in actions:
        return "answer"
    if card.is_escalated:
        return "take" if "take" in actions and not talk.wrote_again else "reply"
    if not talk.ticket.expects_an_answer:
        return "close" if "resolve" in actions else None
    return "reply" if "reply" in actions else None


def _can_be_closed(card: Card) -> bool:
    return "resolve" in card.actions and "approve" not in card.actions


def _is_on_its_way(talk: Talk, now: float, pace: Pace) -> bool:
    """Tell whether an agent has sent an answer that may still arrive."""
    sent = talk.agent_sends_at
    return sent is not None and now - sent < max(_MAY_TAKE, pace.world(_LEFT_OPEN))
