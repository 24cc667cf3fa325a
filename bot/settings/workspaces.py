"""Which of the Slack settings are of which workspace: T0123456/C0123456 is the Slack channel of that one.

What has no workspace before it is of the main one, which is the first that SLACK_WORKSPACE names.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from bot.core.errors import Misconfigured
from bot.core.model import Channel
from bot.core.routing import MAIN, Routes
from bot.settings.reading import listed

_ONE_EACH = ("SLACK_ESCALATION_CHANNEL", "SLACK_MANAGERS", "SLACK_AGENTS", "SLACK_OWNERS")
_OF_MAIN = ("SLACK_AUDIT_CHANNEL", "SLACK_ANNOUNCE_CHANNEL")
_PLACES = "SLACK_CHANNELS"
_WORKSPACE = re.compile(r"T[A-Z0-9]+")
_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+|\+[1-9]\d{6,14}")


def workspaces(value: str) -> tuple[str, ...]:
    """Return the workspaces that may install the app, the main one first. Raises Misconfigured for what is none."""
    named = tuple(dict.fromkeys(listed(value)))
    for one in named:
        if not _WORKSPACE.fullmatch(one):
            raise Misconfigured(f"SLACK_WORKSPACE={one!r} is no id of a workspace: write T0123456.")
    return named


def of_workspace(env: Mapping[str, str], workspace: str, known: tuple[str, ...]) -> dict[str, str]:
    """Return the settings with what belongs to one workspace ("" is the main one), its name taken off.

    Raises:
        Misconfigured: something belongs to a workspace that is not known.
    """
    ours = {name: _ours(name, env.get(name, ""), workspace, known) for name in _ONE_EACH}
    given = listed(_ours(_PLACES, env.get(_PLACES, ""), workspace, known))
    places = tuple(dict.fromkeys(_without_address(part) for part in given))
    if workspace:
        _check_places(places, workspace)
    not_ours = dict.fromkeys(_OF_MAIN if workspace else (), "")
    return {**env, **ours, **not_ours, _PLACES: ",".join(places)}


def routes_of(env: Mapping[str, str], known: tuple[str, ...]) -> Routes:
    """Return which channels and which addresses of ours are looked after by another workspace than the main one.

    Raises:
        Misconfigured: an address is the main one's, which has all that nobody else has; or something is named twice.
    """
    found: dict[str, str] = {}
    for part in listed(env.get(_PLACES, "")):
        name, owner, _ = _read(part, known)
        _check_owner(name, owner, part)
        if name.lower() in found:
            raise Misconfigured(
                f"{_PLACES} names {name} twice; give it to one workspace, and one Slack channel."
            )
        if name:
            found[name.lower()] = owner
    theirs = {name: owner for name, owner in found.items() if owner != MAIN}
    support = env.get("SUPPORT_ADDRESS", "").lower()
    ours = {support: found.get(Channel.EMAIL, MAIN)} if theirs and support else {}
    return Routes({**ours, **theirs})


def _check_owner(name: str, owner: str, part: str) -> None:
    if owner == MAIN and _ADDRESS.fullmatch(name):
        raise Misconfigured(
            f"{_PLACES} has {part!r}; an address is for another workspace, as in {name}=T0123456/C0123456."
        )
    if owner != MAIN and name == "*":
        raise Misconfigured(
            f"{_PLACES} has {part!r}; * is the main workspace's: name channels and addresses."
        )


def _check_places(places: Iterable[str], workspace: str) -> None:
    """See that cards of each channel have one place: they do not know by which address a conversation came."""
    known: dict[str, str] = {}
    for part in places:
        channel, _, place = part.partition("=")
        if known.setdefault(channel, place) != place:
            raise Misconfigured(
                f"{_PLACES} gives {workspace} two Slack channels for {channel}, {known[channel]} and {place}; "
                "a workspace has one for each channel, whichever address was written to."
            )


def _ours(name: str, value: str, workspace: str, known: tuple[str, ...]) -> str:
    return ",".join(_parts(value, workspace, known, has_key=name == _PLACES))


def _parts(value: str, workspace: str, known: tuple[str, ...], *, has_key: bool) -> Iterator[str]:
    for part in listed(value):
        key, owner, slack_id = _read(part, known) if has_key else ("", *_owned(part, part, known))
        if owner == workspace:
            yield f"{key}={slack_id}" if has_key and key else slack_id


def _read(part: str, known: tuple[str, ...]) -> tuple[str, str, str]:
    """Return the channel or address, the workspace, and the Slack channel; what is no pair is left as it is."""
    key, separator, place = (piece.strip() for piece in part.partition("="))
    if not separator:
        return "", "", part
    return (key, *_owned(place, part, known))


def _owned(text: str, part: str, known: tuple[str, ...]) -> tuple[str, str]:
    owner, separator, slack_id = text.rpartition("/")
    if not separator:
        return "", text
    if owner not in known:
        raise Misconfigured(
            f"{part!r} belongs to a workspace that SLACK_WORKSPACE does not name: add it there."
        )
    return "" if owner == known[0] else owner, slack_id


def _without_address(part: str) -> str:
    """Mail and texts to an address of ours go to the same Slack channel as their whole channel would."""
    key, separator, place = part.partition("=")
    if not separator or not _ADDRESS.fullmatch(key):
        return part
    return f"{Channel.EMAIL if '@' in key else Channel.SMS}={place}"
