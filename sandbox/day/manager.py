"""The manager of a drifting day: wants more by itself, tries that on half of the mails, and reads what comes of it.

What is reported is what stands in Slack afterwards: what was announced when, in the words of the app.
"""

import asyncio
import json
import logging
import re
from collections.abc import Sequence

from sandbox.day.cards import letters
from sandbox.day.pace import Pace
from sandbox.day.plan import clock
from sandbox.day.talk import Talk
from sandbox.slack.directory import BOT, ESCALATIONS, MORGAN
from sandbox.slack.errors import SlackError
from sandbox.slack.people import People
from sandbox.slack.workspace import Workspace
from sandbox.wire import Record

log = logging.getLogger(__name__)

# Every automatic answer is checked, because a day has some dozens; half of the mails live under another threshold.
ORDERS = ("check 100%", "experiment start email threshold 50% share 50% yes")
_STOPPED = re.compile(r"The experiment on (\w+) was stopped")
_FELL_BACK = re.compile(r"On (\w+) people send all answers from now on")


_ALIKE = 60  # So many letters and digits of a question tell it from every other.
_LOOKS = 0.5  # Seconds of the world between two looks into the review queue.
_QUESTIONS = ("complete", "tone", "sources", "context")


class Manager:
    def __init__(self, people: People, workspace: Workspace, pace: Pace, talks: Sequence[Talk]) -> None:
        self._people, self._workspace, self._pace, self._talks = people, workspace, pace, talks
        self._known = {message["ts"] for message in self._said()}
        self.told: list[Record] = []
        self.troubles: list[str] = []
        self.refusals = 0

    async def begin(self) -> None:
        """Give the day's orders."""
        for order in ORDERS:
            done = await self._people.command(ESCALATIONS, MORGAN, "/cockpit", order)
            said = " ".join(str(one.get("text", "")) for one in done.get("ephemeral", ()))
            if "changed:" not in said:
                self.troubles.append(f"/cockpit {order} was answered with: {said or 'nothing'}")

    async def work(self) -> None:
        """Review answers, one after the other, until cancelled: a customer who complains outruns every card."""
        while True:
            await self._review()
            await asyncio.sleep(_LOOKS)

    async def _review(self) -> None:
        try:
            view = (await self._people.command(ESCALATIONS, MORGAN, "/cockpit", "review")).get("view")
            about = [talk for talk in self._talks if view is not None and is_about(view, talk)]
            if view is None or any(talk.by_itself is None for talk in about):
                return  # Nothing waits, or the answer is still on its way to the customer.
            right = "yes" if any(talk.is_right for talk in about) else "no"
            said = {"right": right} | dict.fromkeys(_QUESTIONS, "yes")
            values: Record = {f"score-{name}": {"value": word} for name, word in said.items()}
            await self._people.submit(str(view["id"]), MORGAN, values)
        except SlackError as refusal:  # The app is slow: the answer comes again.
            self.refusals += 1
            log.info("review_refused", extra={"error": refusal.error})

    def look(self) -> None:
        """Note what the app has said to the managers since the last look, and at what time of the day."""
        for message in self._said():
            if message["ts"] not in self._known:
                self._known.add(message["ts"])
                self.told.append({"at": clock(self._pace.minute()), "text": str(message.get("text", ""))})

    def report(self) -> Record:
        """Return when an experiment was stopped and a channel fell back, and in which words that was said."""
        return {
            "orders": list(ORDERS),
            "experiments_stopped": self._found(_STOPPED),
            "fell_back": self._found(_FELL_BACK),
        }

    def _found(self, pattern: re.Pattern[str]) -> list[Record]:
        found = ((pattern.search(one["text"]), one) for one in self.told)
        return [{"channel": match[1], **one} for match, one in found if match]

    def _said(self) -> Sequence[Record]:
        messages = list(self._workspace.messages.get(ESCALATIONS, {}).values())
        return [one for one in messages if one.get("bot_id") == BOT]


def is_about(view: Record, talk: Talk) -> bool:
    """Tell whether a window shows the question of a talk."""
    return letters(talk.ticket.text)[:_ALIKE] in letters(json.dumps(view.get("blocks"), ensure_ascii=False))
