"""Which changes let much more go out by itself than before, and are therefore asked about first. Pure."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from bot.core.model import Channel, Mode, Rules
from bot.core.policy import percent

FAR_DOWN = 0.10  # By so much a threshold is lowered far.
A_JUMP = 0.25  # By so much a rollout jumps.


def dangers(
    name: str,
    channel: Channel | None,
    value: Any,
    rules: Mapping[Channel, Rules],
    proven: Collection[Channel] = (),
    given_back: Collection[Channel] = (),
) -> list[str]:
    """Return why a change of a field of the rules should be asked about, a sentence for each channel it loosens much.

    `channel` None means every one; on those that are `proven` the threshold in force is certified, and those that
    are `given_back` what people had there a moment ago lose nothing they had not.
    """
    reason = _REASONS.get(name)
    concerned = [one for one in (rules if channel is None else [channel]) if one not in given_back]
    found = (reason(one, rules[one], value, one in proven) for one in concerned) if reason else ()
    return [sentence for sentence in found if sentence]


def _threshold(channel: Channel, now: Rules, value: float, _proven: bool) -> str:
    if now.auto_above - value < FAR_DOWN - 1e-9:
        return ""
    return f"On {channel} the threshold goes down far, from {percent(now.auto_above)} to {percent(value)}."


def _rollout(channel: Channel, now: Rules, value: float, _proven: bool) -> str:
    if value - now.rollout <= A_JUMP + 1e-9:
        return ""
    return f"On {channel} the rollout jumps from {percent(now.rollout)} to {percent(value)} of the conversations."


def _mode(channel: Channel, now: Rules, value: Mode, proven: bool) -> str:
    if value is not Mode.AUTO or now.mode is Mode.AUTO or proven:
        return ""
    return f"On {channel} answers will go out by themselves, and no threshold was ever certified there."


def _paused(channel: Channel, now: Rules, value: bool, _proven: bool) -> str:
    if value or not now.paused or now.mode is not Mode.AUTO:
        return ""
    return f"On {channel} answers will go out by themselves again; somebody had paused them."


def _check(channel: Channel, now: Rules, value: float, _proven: bool) -> str:
    if value > 0 or now.audit_share == 0:
        return ""
    return f"On {channel} nobody will be shown any automatic answer, so mistakes and changes go unnoticed."


def _bound(channel: Channel, _now: Rules, value: float | None, _proven: bool) -> str:
    if value is not None:
        return ""
    return f"{str(channel).capitalize()} will not go back to people by itself any more for this reason."


_REASONS: Mapping[str, Callable[[Channel, Rules, Any, bool], str]] = {
    "auto_above": _threshold,
    "rollout": _rollout,
    "mode": _mode,
    "paused": _paused,
    "audit_share": _check,
    "wrong": _bound,
    "reopened": _bound,
    "satisfied": _bound,
}
