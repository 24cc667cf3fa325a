"""Charts as SVG, by pure functions. They carry no text but numbers on axes: the table behind each says the same.

Colours are classes, so that dark mode and print have their own; marks link to their cases.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.web.dashboard.html import Child, Markup, tag

_W, _H = 640, 200
_LABELS = 8  # So many stand beside each other on a phone, too.
_LEFT, _BOTTOM, _TOP = 44, 22, 8
_PLOT_W, _PLOT_H = _W - _LEFT - 8, _H - _BOTTOM - _TOP


@dataclass(frozen=True)
class Column:
    """One column: a label beneath it, and stacked parts; `href` leads to its cases."""

    label: str
    parts: Sequence[float]
    title: str
    href: str = ""


@dataclass(frozen=True)
class Point:
    """A value from 0 to 1 with its interval at a place from 0 to 1; a dim one rests on few."""

    x: float
    y: float
    low: float
    high: float
    title: str
    dim: bool = False


def stacked(columns: Sequence[Column], unit: str = "") -> Markup:
    """Draw stacked columns beside each other; the `unit` % is of a whole."""
    top = 1.0 if unit == "%" else _nice(max((sum(c.parts) for c in columns), default=0))
    width = _PLOT_W / max(1, len(columns))
    every = max(1, -(-len(columns) // _LABELS))
    marks: list[Child] = []
    for n, column in enumerate(columns):
        x = _LEFT + n * width
        marks.append(_linked(column.href, _stack(column, x, width, top)))
        if n % every == 0:
            marks.append(_label(x + width / 2, _H - 6, column.label, "middle"))
    return _svg(_axis(top, unit), marks)


def _stack(column: Column, x: float, width: float, top: float) -> Markup:
    bars, base = [], float(_TOP + _PLOT_H)
    for n, part in enumerate(column.parts):
        height = part / top * _PLOT_H
        base -= height
        if height:
            bars.append(_rect(x + width * 0.1, base, width * 0.8, height, f"s{n}"))
    return tag("g", tag("title", column.title), bars)


def lines(names: Sequence[str], series: Sequence[Sequence[float]], titles: Sequence[str]) -> Markup:
    """Draw one line for each series over the same named places; a title tells what stands at each."""
    top = _nice(max((max(one, default=0) for one in series), default=0))
    every, step = max(1, -(-len(names) // _LABELS)), _PLOT_W / max(1, len(names))
    marks: list[Child] = []
    for n, one in enumerate(series):
        points = " ".join(f"{_at(_LEFT + (i + 0.5) * step)},{_y(value / top)}" for i, value in enumerate(one))
        marks.append(tag("polyline", points=points, class_=f"line l{n}"))
    places = [(i, name) for i, name in enumerate(names) if i % every == 0]
    labels = [_label(_LEFT + (i + 0.5) * step, _H - 6, name, "middle") for i, name in places]
    whole = (_TOP, step, _PLOT_H, "hit")
    places_of = [_rect(_LEFT + i * step, *whole, title) for i, title in enumerate(titles)]
    return _svg(_axis(top, ""), [*marks, *labels, *places_of])


def calibration(points: Sequence[Point]) -> Markup:
    """Draw how often what was so sure was right: on the diagonal, words were kept."""
    diagonal = tag("line", x1=_x(0), y1=_y(0), x2=_x(1), y2=_y(1), class_="ideal")
    anchors = ("middle",) * 4 + ("end",)
    labels = [_label(_LEFT + n / 4 * _PLOT_W, _H - 6, f"{n * 25} %", at) for n, at in enumerate(anchors)]
    return _svg(_axis(1, "%"), [diagonal, *labels, *map(_point, points)])


def _point(point: Point) -> Markup:
    dim = " dim" if point.dim else ""
    x = _x(point.x)
    band = tag("line", x1=x, x2=x, y1=_y(point.low), y2=_y(point.high), class_=f"band{dim}")
    dot = tag("circle", tag("title", point.title), cx=x, cy=_y(point.y), r=4, class_=f"dot{dim}")
    return tag("g", band, dot)


def heat(rows: Sequence[tuple[str, Sequence[tuple[int, str]]]]) -> Markup:
    """Draw a grid: named rows of numbers with a title each; the darkest is the highest."""
    most = max((number for _, cells in rows for number, _ in cells), default=0) or 1
    size_x, size_y = _PLOT_W / 24, _PLOT_H / max(1, len(rows))
    marks: list[Child] = []
    for y, (name, cells) in enumerate(rows):
        marks.append(_label(_LEFT - 6, _TOP + (y + 0.7) * size_y, name, "end"))
        for x, (number, title) in enumerate(cells):
            place = (_LEFT + x * size_x, _TOP + y * size_y, size_x - 1, size_y - 1)
            marks.append(_rect(*place, "heat", title, 0.06 + 0.94 * number / most))
    hours = [_label(_LEFT + (h + 0.5) * size_x, _H - 6, str(h), "middle") for h in range(0, 24, 3)]
    return _svg([], [*marks, *hours])


def bar(share: float, kind: str = "s0") -> Markup:
    """Draw a share as a small bar for a table."""
    full = _rect(0, 0, 100, 8, "track")
    return tag(
        "svg", full, _rect(0, 0, 100 * share, 8, kind), viewBox="0 0 100 8", class_="bar", aria_hidden="true"
    )


def _svg(axis: Sequence[Child], marks: Sequence[Child]) -> Markup:
    return tag("svg", axis, marks, viewBox=f"0 0 {_W} {_H}", class_="chart", aria_hidden="true")


def _axis(top: float, unit: str) -> list[Child]:
    lines: list[Child] = []
    for n in range(5):
        value = top * n / 4
        y = _TOP + _PLOT_H * (1 - n / 4)
        said = f"{value * 100:.0f} %" if unit == "%" else f"{value:,.0f}"
        lines.append(tag("line", x1=_LEFT, x2=_LEFT + _PLOT_W, y1=_at(y), y2=_at(y), class_="grid"))
        lines.append(_label(_LEFT - 6, y + 4, said, "end"))
    return lines


def _nice(most: float) -> float:
    """Return a round number at or above `most`, with whole quarters."""
    size = 4.0
    while size < most:
        size *= 2.5 if str(int(size))[0] == "8" else 2
    return size


def _linked(href: str, mark: Markup) -> Markup:
    return tag("a", mark, href=href, tabindex="-1") if href else mark


def _rect(
    x: float, y: float, width: float, height: float, kind: str, title: str = "", opacity: float | None = None
) -> Markup:
    shade = None if opacity is None else f"{opacity:.2f}"
    place = {"x": _at(x), "y": _at(y), "width": _at(width), "height": _at(height)}
    return tag("rect", tag("title", title) if title else None, **place, class_=kind, fill_opacity=shade)


def _label(x: float, y: float, said: str, anchor: str) -> Markup:
    return tag("text", said, x=_at(x), y=_at(y), text_anchor=anchor)


def _x(share: float) -> str:
    return _at(_LEFT + share * _PLOT_W)


def _y(share: float) -> str:
    return _at(_TOP + (1 - share) * _PLOT_H)


def _at(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
