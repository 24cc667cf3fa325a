"""What may be typed after `/cockpit cards`, read into values. Pure, as `handlers.slack.grammar`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.errors import InvalidInput
from bot.core.model import Channel
from handlers.slack.grammar_reports import slack_channel
from handlers.slack.words import channel_of

HERE, USUAL = "here", "usual"


@dataclass(frozen=True)
class ShowPlaces:
    """Where cards of this workspace go."""


@dataclass(frozen=True)
class SetPlace:
    """Send new cards of a channel, or with None of all, to a Slack channel: an id, HERE, or "" for the settings'."""

    channel: Channel | None
    place: str


PlaceCommand = ShowPlaces | SetPlace


def _cards(rest: Sequence[str]) -> PlaceCommand:
    match rest:
        case []:
            return ShowPlaces()
        case [place]:
            return SetPlace(None, _place(place))
        case [channel, place]:
            return SetPlace(channel_of(channel), _place(place))
    raise InvalidInput("Say a channel and where its cards go: write `/cockpit cards email here`.")


def _place(typed: str) -> str:
    word = typed.lower()
    if word in (HERE, USUAL):
        return word if word == HERE else ""
    return slack_channel(typed)


VERBS: Mapping[str, Callable[[Sequence[str]], PlaceCommand]] = {"cards": _cards}
