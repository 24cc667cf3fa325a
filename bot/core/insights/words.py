"""Figures in words: short, with what they rest on, the same in Slack and on the web."""

from bot.core.insights.figures import Figure
from bot.core.insights.measures import Unit
from bot.core.insights.statistics import Estimate

_SIZES = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
SMALL = 20  # Below so many a share says little.

# No two of fewer values hold the median between them with 95 %, but only with 1 - 2 / 2^n.
_RANKED = 6


def span(seconds: float) -> str:
    """Write a time with its two largest units: `2 h 5 min`."""
    left = int(seconds)
    parts: list[str] = []
    for unit, size in _SIZES:
        whole, left = divmod(left, size)
        if whole or (parts and len(parts) < 2):
            parts.append(f"{whole} {unit}")
    return " ".join(part for part in parts[:2] if not part.startswith("0 ")) or "0 s"


def value(unit: Unit, number: float) -> str:
    """Write one value."""
    match unit:
        case Unit.SHARE:
            return f"{number * 100:.1f} %"
        case Unit.SECONDS:
            return span(number)
        case Unit.COUNT:
            return f"{number:,.0f}"


def estimate(figure: Figure) -> str:
    """Write a figure's values: `62.0 %`, or `p50 4 s · p90 2 min · p95 5 min`; what has none says so."""
    unit = figure.measure.unit
    if not figure.estimates:
        return "nothing yet"
    said = (f"{name} {value(unit, one.value)}".strip() for name, one in figure.estimates.items())
    return " · ".join(said)


def interval(unit: Unit, one: Estimate) -> str:
    """Write between what the value lies: `58.1 to 65.8 %`; ends that are told alike are told once."""
    low, high = value(unit, one.low), value(unit, one.high)
    return high if low == high else f"{low.removesuffix(' %')} to {high}"


def basis(figure: Figure) -> str:
    """Write what a figure rests on, how sure it is, and what else is to be known."""
    if figure.measure.unit is Unit.COUNT:
        return ""
    parts = [f"n = {figure.n:,}"]
    if figure.main is not None and (figure.measure.unit is Unit.SHARE or figure.n >= _RANKED):
        parts.append(f"95 %: {interval(figure.measure.unit, figure.main)}")
    if 0 < figure.n < SMALL:
        parts.append("few")
    return ", ".join(parts)


def change(figure: Figure, before: Figure) -> str:
    """Write how a figure differs from that of the period before; "" where one of them has no value."""
    now, then, unit = figure.main, before.main, figure.measure.unit
    if now is None or then is None:
        return ""
    difference = now.value - then.value
    sign = "+" if difference >= 0 else "−"
    match unit:
        case Unit.SHARE:
            return f"{sign}{abs(difference) * 100:.1f} points"
        case Unit.SECONDS:
            return f"{sign}{span(abs(difference))}"
        case Unit.COUNT:
            return f"{sign}{abs(difference):,.0f}"


def is_certain(figure: Figure, before: Figure) -> bool:
    """Tell whether the two intervals are apart: only then the change is more than chance."""
    now, then = figure.main, before.main
    return now is not None and then is not None and (now.low > then.high or now.high < then.low)
