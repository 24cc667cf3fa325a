"""What the stand-in Slack shows of customers' talks, held against what was written and answered."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.e2e.harness import Outside, actions, said
from tests.e2e.talks import Talk, plain
from tests.waiting import until


def words(message: Any) -> str:
    """Return the letters and digits that a message in Slack shows; in its JSON a line ends with a letter."""
    return plain(said(message).replace("\\n", " "))


@dataclass(frozen=True)
class Thread:
    """What Slack shows of one conversation, oldest first: (name of the sheet, message)."""

    shown: Sequence[tuple[str, Any]]

    def faults(self, talk: Talk) -> list[str]:
        """Say what is missing, doubled, out of order or wrong, for a talk that has ended."""
        counted = Counter(name for name, _ in self.shown)
        found = [f"{name} stands {times} times" for name, times in counted.items() if times > 1]
        found += [] if _is_right(self._card, talk) else [f"the card shows {actions(self._card)}"]
        beneath = [words(message) for name, message in self.shown if name.startswith(("message", "event"))]
        if len(talk.written) > 1 or talk.reported_late:
            found += _missing(talk.told, beneath)
        elif beneath:
            found.append(f"{len(beneath)} messages stand beneath a card that shows everything")
        return found

    @property
    def since(self) -> str:
        """When the card was posted, as Slack writes it."""
        return str(self._card["ts"])

    @property
    def _card(self) -> Any:
        return next((message for name, message in self.shown if name == "root"), {})


_IN_DOUBT = plain("Nobody knows whether this answer went out")


def _is_right(card: Any, talk: Talk) -> bool:
    shown = words(card)
    by_itself, for_a_person = plain("Answered by itself") in shown, "reply" in actions(card)
    return (by_itself, for_a_person) == (not talk.for_a_person, talk.for_a_person) and plain(
        talk.mark
    ) in shown


def _missing(told: Sequence[str], beneath: Sequence[str]) -> list[str]:
    """Say which of these do not stand beneath a card in this order, each once.

    An answer of which nobody knew stands there as such, and once more when a person has settled it.
    """
    doubts = [shown for shown in beneath if _IN_DOUBT in shown]
    certain = [shown for shown in beneath if _IN_DOUBT not in shown]
    left, found = iter(certain), []
    for text in told:
        times, doubted = (sum(text in shown for shown in some) for some in (certain, doubts))
        if times + doubted == 0 or times > 1 or doubted > 1:
            found.append(f"{text!r} stands {times} times, and {doubted} times in doubt")
        elif times and not any(text in shown for shown in left):
            found.append(f"{text!r} stands in the wrong place")
    return found


async def threads(outside: Outside) -> dict[str, Thread]:
    """Return what the stand-in Slack shows, by the mark of each talk."""
    by_conversation: dict[str, list[tuple[str, Any]]] = {}
    for message in (await outside.get("/control/slack/state"))["messages"]:
        shown = (message.get("metadata") or {}).get("event_payload")
        if shown:
            by_conversation.setdefault(shown["conversation"], []).append((shown["sheet"], message))
    found = {}
    for shown in by_conversation.values():
        shown.sort(key=lambda one: one[1]["ts"])
        text = " ".join(said(message) for _, message in shown)
        mark = text.partition("No. ")[2][:5]
        found[f"No. {mark}"] = Thread(shown)
    return found


async def faults(outside: Outside, talks: Sequence[Talk]) -> dict[str, list[str]]:
    """Return what is wrong in Slack with each talk; those that stand there as they should are not named."""
    shown = await threads(outside)
    wrong = {talk.mark: shown.get(talk.mark, Thread(())).faults(talk) for talk in talks}
    return {mark: found for mark, found in wrong.items() if found}


async def until_complete(outside: Outside, talks: Sequence[Talk], seconds: float) -> None:
    """Wait until Slack shows every talk in full."""

    async def complete() -> bool:
        return not await faults(outside, talks)

    await until(complete, seconds)
