"""Pictures as data: what is to be drawn, and how, in Vega-Lite. The same rows are the table for those who see none.

https://vega.github.io/vega-lite/docs/ (version 6). Colours are told apart by everybody and stand on white: Slack
shows a picture as it is, also where the rest is dark.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.insights.statistics import share
from bot.core.insights.words import SMALL
from bot.core.ports.insights import HourVolume, SureTurns

Spec = Mapping[str, Any]
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_CONFIG: Spec = {
    "background": "#ffffff",
    "padding": 16,
    "config": {
        "font": "sans-serif",
        "axis": {
            "labelFontSize": 13,
            "titleFontSize": 13,
            "labelColor": "#333",
            "titleColor": "#333",
            "grid": False,
        },
        "title": {
            "fontSize": 17,
            "subtitleFontSize": 13,
            "anchor": "start",
            "color": "#111",
            "subtitleColor": "#555",
        },
        "legend": {"labelFontSize": 13, "titleFontSize": 13},
        "view": {"stroke": None},
    },
}
_BLUE, _GREY = "#1f5fa8", "#9aa4ad"


@dataclass(frozen=True)
class Picture:
    """What is drawn, its title, the words that stand for it, and the rows behind it, the first with their names."""

    title: str
    alt: str
    spec: Spec
    rows: Sequence[Sequence[str]]


def heatmap(hours: Sequence[HourVolume], subtitle: str) -> Picture | None:
    """Draw when conversations begin: weekday by hour (UTC). None of nothing."""
    if not any(one.asked for one in hours):
        return None
    found = {(one.weekday, one.hour): one.asked for one in hours}
    cells = [
        {"day": DAYS[day], "hour": hour, "asked": found.get((day, hour), 0)}
        for day in range(7)
        for hour in range(24)
    ]
    (day, hour), most = max(found.items(), key=lambda one: (one[1], one[0]))
    title = "When customers write"
    spec = {
        "$schema": _SCHEMA,
        **_CONFIG,
        "title": {"text": title, "subtitle": subtitle},
        "width": 720,
        "height": 240,
        "data": {"values": cells},
        "mark": {"type": "rect", "stroke": "#fff", "strokeWidth": 1},
        "encoding": {
            "x": {"field": "hour", "type": "ordinal", "title": "Hour (UTC)", "axis": {"labelAngle": 0}},
            "y": {"field": "day", "type": "ordinal", "title": None, "sort": list(DAYS)},
            "color": {
                "field": "asked",
                "type": "quantitative",
                "title": "Conversations",
                "scale": {"scheme": "blues", "domainMin": 0},
            },
        },
    }
    busiest = f"busiest: {DAYS[day]} from {hour}:00 UTC with {most}"
    rows = [("UTC", *(f"{n}–{n + 5}" for n in range(0, 24, 6)), "all")]
    rows += [
        (DAYS[day], *(str(_sum(found, day, n)) for n in range(0, 24, 6)), str(_sum(found, day, 0, 24)))
        for day in range(7)
    ]
    return Picture(title, f"Heat map of new conversations by weekday and hour; {busiest}.", spec, rows)


def _sum(found: Mapping[tuple[int, int], int], day: int, hour: int, length: int = 6) -> int:
    return sum(found.get((day, one), 0) for one in range(hour, hour + length))


def reliability(sure: Sequence[SureTurns], subtitle: str) -> Picture | None:
    """Draw how often drafts were right, by how sure they were, with Wilson's intervals. None where nobody judged."""
    points = [point for one in sure if (point := _point(one)) is not None]
    if not points:
        return None
    title = "Is it as sure as it says?"
    spec = {
        "$schema": _SCHEMA,
        **_CONFIG,
        "title": {"text": title, "subtitle": subtitle},
        "width": 460,
        "height": 380,
        "data": {"values": points},
        "layer": _sure_and_right(),
    }
    judged = sum(p["n"] for p in points)
    rows = [("Sure", "Judged right", "95 %", "n")]
    rows += [
        (f"{p['x']:.0%}", f"{p['y']:.0%}", f"{p['low']:.0%} to {p['high']:.0%}", str(p["n"])) for p in points
    ]
    return Picture(
        title, f"Reliability of confidence, {judged} judged drafts: {_how_true(points)}.", spec, rows
    )


def _sure_and_right() -> list[dict[str, Any]]:
    """Draw a line where both are the same, and each range of drafts as a point with its interval."""
    line = {
        "data": {"values": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]},
        "mark": {"type": "line", "strokeDash": [5, 4]},
    }
    axes = {
        "x": {"field": "x", "type": "quantitative", "title": "How sure the draft was", **_percent()},
        "y": {"field": "y", "type": "quantitative", "title": "Judged right", **_percent()},
    }
    return [
        {**line, "encoding": {**axes, "color": {"value": _GREY}}},
        {
            "mark": {"type": "rule", "strokeWidth": 2},
            "encoding": {
                **axes,
                "y": {**axes["y"], "field": "low"},
                "y2": {"field": "high"},
                "color": _few(),
            },
        },
        {
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {**axes, "color": _few()},
        },
    ]


def _how_true(points: Sequence[Mapping[str, Any]]) -> str:
    off = [p for p in points if p["n"] >= SMALL and not p["low"] <= p["x"] <= p["high"]]
    return (
        f"{len(off)} of {len(points)} ranges are off by more than chance"
        if off
        else "no range is off by more than chance"
    )


def _point(one: SureTurns) -> dict[str, Any] | None:
    """Return how often answers of a range that went out by themselves were right, of those that agents judged."""
    judged = one.good + one.wrong
    estimate = share(one.good, judged)
    if estimate is None:
        return None
    middle = min(975, one.confidence + 25) / 1000
    return {"x": middle, "y": estimate.value, "low": estimate.low, "high": estimate.high, "n": judged}


def _percent() -> dict[str, Any]:
    return {"axis": {"format": "%", "tickCount": 5}, "scale": {"domain": [0, 1]}}


def _few() -> dict[str, Any]:
    """Grey what rests on few."""
    return {"condition": {"test": f"datum.n >= {SMALL}", "value": _BLUE}, "value": _GREY}
