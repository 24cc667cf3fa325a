"""Figures as one SVG: bars with intervals, the reliability diagram, the risk-coverage curve.

It reads on light and on dark ground, and says in words (`desc`) what the eye sees. Pure: numbers in, text out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _ROW, _PLOT, _TOP, _EDGE = 920, 30, 300, 70, 24
_BAR_LEFT, _BAR_WIDTH = 300, 330
_RISK_ENDS = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)  # Where the risk axis may end.
_STYLE = """
.ground{fill:#ffffff}.ink{fill:#1f2430}.soft{fill:#5b6472}.line{stroke:#c3cad5}.frame{stroke:#8a93a3;fill:none}
.bar{fill:#3465c8}.reach{stroke:#1f2430}.aim{stroke:#b3411c}.aimed{fill:#b3411c}.ideal{stroke:#8a93a3}
.dot{fill:#3465c8}.curve{stroke:#3465c8;fill:none}
text{font:13px system-ui,sans-serif}.big{font-size:18px;font-weight:600}
.head{font-size:14px;font-weight:600}.small{font-size:12px}
@media (prefers-color-scheme:dark){.ground{fill:#171b22}.ink{fill:#eef1f6}.soft{fill:#a9b2c0}.line{stroke:#3a4250}
.frame{stroke:#77808f}.bar,.dot{fill:#7ea6f4}.reach{stroke:#eef1f6}.aim{stroke:#f0906c}.aimed{fill:#f0906c}
.ideal{stroke:#77808f}.curve{stroke:#7ea6f4}}
""".strip()


@dataclass(frozen=True)
class Bar:
    """A share with its 95 % interval in words for people; `aim` is where it should be, if anywhere."""

    name: str
    share: float
    low: float
    high: float
    told: str
    aim: float | None = None


@dataclass(frozen=True)
class Band:
    """How sure answers were on average, what share of them was right, with its interval, and how many they are."""

    said: float
    right: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Drawn:
    """All that the picture shows; `curve` has (share sent, share wrong among the sent), from the surest on."""

    title: str
    bars: Sequence[Bar]
    bands: Sequence[Band]
    curve: Sequence[tuple[float, float]]


def svg(drawn: Drawn) -> str:
    """Return the picture as a complete SVG file."""
    plots_at = _TOP + _ROW * len(drawn.bars) + 70
    height = plots_at + _PLOT + 70
    parts = [
        _text(_EDGE, 36, drawn.title, "ink big"),
        *_bars(drawn.bars),
        *_reliability(drawn.bands, _EDGE + 46, plots_at),
        *_curve(drawn.curve, _EDGE + 510, plots_at),
    ]
    told = f"<title>{escape(drawn.title)}</title><desc>{escape(' '.join(_in_words(drawn)))}</desc>"
    ground = f'<rect class="ground" width="{_WIDTH}" height="{height}"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
        f' role="img">{told}<style>{_STYLE}</style>{ground}{"".join(parts)}</svg>\n'
    )


def _in_words(drawn: Drawn) -> Iterator[str]:
    yield from (f"{bar.name}: {bar.told}." for bar in drawn.bars)
    yield from (
        f"Of {band.n} answers {band.said:.0%} sure, {band.right:.0%} were right." for band in drawn.bands
    )


def _bars(bars: Sequence[Bar]) -> Iterator[str]:
    for row, bar in enumerate(bars):
        y = _TOP + row * _ROW
        yield _text(_BAR_LEFT - 10, y + 14, bar.name, "ink", "end")
        yield _line(_BAR_LEFT, y + 9.5, _BAR_LEFT + _BAR_WIDTH, y + 9.5, "line", 1)
        yield f'<rect class="bar" x="{_BAR_LEFT}" y="{y + 3}" width="{_n(bar.share * _BAR_WIDTH)}" height="13"/>'
        low, high = (_BAR_LEFT + edge * _BAR_WIDTH for edge in (bar.low, bar.high))
        yield _line(low, y + 9.5, high, y + 9.5, "reach", 1.5)
        yield from (_line(edge, y + 5, edge, y + 14, "reach", 1.5) for edge in (low, high))
        if bar.aim is not None:
            aim = _BAR_LEFT + bar.aim * _BAR_WIDTH
            yield _line(aim, y - 2, aim, y + 21, "aim", 2)
        yield _text(_BAR_LEFT + _BAR_WIDTH + 14, y + 14, bar.told, "soft small")
    if any(bar.aim is not None for bar in bars):
        under = _TOP + len(bars) * _ROW + 12
        yield _text(_BAR_LEFT, under, "│ aim; whiskers: 95 % interval", "aimed small")


def _reliability(bands: Sequence[Band], left: float, top: float) -> Iterator[str]:
    yield from _frame(left, top, "Said and true", "confidence", "share right", 1, 1)
    yield _line(left, top + _PLOT, left + _PLOT, top, "ideal", 1, "4 4")
    most = max((band.n for band in bands), default=1)
    for band in bands:
        x, y = left + band.said * _PLOT, top + (1 - band.right) * _PLOT
        yield _line(x, top + (1 - band.low) * _PLOT, x, top + (1 - band.high) * _PLOT, "reach", 1.5)
        told = f"<title>{band.n} answers, {band.said:.0%} sure, {band.right:.0%} right</title>"
        radius = _n(3 + 5 * (band.n / most) ** 0.5)
        yield f'<circle class="dot" cx="{_n(x)}" cy="{_n(y)}" r="{radius}">{told}</circle>'


def _curve(points: Sequence[tuple[float, float]], left: float, top: float) -> Iterator[str]:
    highest = max((risk for _, risk in points), default=0.0)
    most = next(end for end in _RISK_ENDS if end >= highest)
    yield from _frame(left, top, "Sent and wrong", "share sent", "wrong among the sent", 1, most)
    if points:
        path = " ".join(
            f"{_n(left + sent * _PLOT)},{_n(top + (1 - risk / most) * _PLOT)}" for sent, risk in points
        )
        yield f'<polyline class="curve" stroke-width="2.5" points="{path}"/>'


def _frame(
    left: float, top: float, head: str, across: str, up: str, most_x: float, most_y: float
) -> Iterator[str]:
    yield _text(left, top - 14, head, "ink head")
    yield f'<rect class="frame" x="{_n(left)}" y="{_n(top)}" width="{_PLOT}" height="{_PLOT}"/>'
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = left + part * _PLOT, top + (1 - part) * _PLOT
        yield _line(left, y, left + _PLOT, y, "line", 1)
        yield _text(x, top + _PLOT + 18, _percent(part * most_x), "soft small", "middle")
        yield _text(left - 8, y + 4, _percent(part * most_y), "soft small", "end")
    yield _text(left + _PLOT / 2, top + _PLOT + 38, across, "soft", "middle")
    yield _text(left + _PLOT, top - 14, f"↑ {up}", "soft", "end")


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %" if share >= 0.1 or not share else f"{share * 100:.1f} %"


def _text(x: float, y: float, told: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{escape(told)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str, width: float, dash: str = "") -> str:
    places = zip(("x1", "y1", "x2", "y2"), (x1, y1, x2, y2), strict=True)
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line class="{kind}" {_attributes(places)} stroke-width="{width:g}"{dashes}/>'


def _attributes(places: Iterable[tuple[str, float]]) -> str:
    return " ".join(f'{name}="{_n(value)}"' for name, value in places)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
