"""Which changes let much more go out by itself than before, and are therefore asked about first. Pure."""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

from bot.core.model import Channel, Mode, Rules
from bot.core.policy import percent
from bot.core.steering.knobs import OFF, STRICTER, WORDS

FAR_DOWN = 0.10  # By so much a threshold is lowered far.
A_JUMP = 0.25  # By so much a rollout jumps.
_RETURNABLE = frozenset({"mode", "paused", "rollout"})


def dangers(
    name: str,
    channel: Channel | None,
    value: Any,
    rules: Mapping[Channel, Rules],
    proven: Collection[Channel] = (),
    taken_away: Mapping[str, Any] = MappingProxyType({}),
) -> list[str]:
    """Return why a change of a field of the rules should be asked about, a sentence for each channel it loosens much.

    `channel` None means every one; on those that are `proven` the threshold in force is certified. `taken_away` has
    by key what people had a moment ago: who is given back a mode, a rollout or a start has lost nothing meanwhile,
    but how sure or how right answers have to be is asked about. What counts everywhere has one sentence; its `name`
    is its key.
    """
    if name in _EVERYWHERE:
        sentence = _EVERYWHERE[name](next(iter(rules.values())), value)
        return [sentence] if sentence else []
    reason = _REASONS.get(name)
    given = _given_back(name, value, taken_away)
    concerned = [one for one in (rules if channel is None else [channel]) if one not in given]
    found = (reason(one, rules[one], value, one in proven) for one in concerned) if reason else ()
    return [sentence for sentence in found if sentence]


def _given_back(name: str, value: Any, taken_away: Mapping[str, Any]) -> set[Channel]:
    if name not in _RETURNABLE:
        return set()
    return {one for one in Channel if (key := f"{name}.{one}") in taken_away and taken_away[key] == value}


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


def _risk(channel: Channel, now: Rules, value: float | None, _proven: bool) -> str:
    kept = now.wrong if now.risk is None else now.risk
    if value is None or kept is None or value <= kept:
        return ""
    return f"On {channel} up to {percent(value)} of the automatic answers may be wrong then, not {percent(kept)}."


def _words(now: Rules, value: Collection[str] | None) -> str:
    gone = sorted(set(now.words) - set(value or ()))
    return f"Messages with these words will not go to people any more: {', '.join(gone)}." if gone else ""


def _off(now: Rules, value: Collection[str] | None) -> str:
    gone = sorted(set(value or ()) - set(now.off))
    return f"Messages of these rules will not go to people any more: {', '.join(gone)}." if gone else ""


def _stricter(now: Rules, value: Mapping[str, float] | None) -> str:
    new = value or {}
    named = sorted(n for n, old in now.stricter.items() if n not in new or old - new[n] >= FAR_DOWN - 1e-9)
    return f"Answers from these articles will go out more easily: {', '.join(named)}." if named else ""


_EVERYWHERE: Mapping[str, Callable[[Rules, Any], str]] = {WORDS: _words, OFF: _off, STRICTER: _stricter}
_REASONS: Mapping[str, Callable[[Channel, Rules, Any, bool], str]] = {
    "auto_above": _threshold,
    "rollout": _rollout,
    "mode": _mode,
    "paused": _paused,
    "audit_share": _check,
    "risk": _risk,
    "wrong": _bound,
    "reopened": _bound,
    "satisfied": _bound,
}
