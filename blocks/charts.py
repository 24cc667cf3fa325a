"""Slack's own charts for small series, and tables of plain text for whatever it cannot draw.

https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from slackblocks import AxisConfig, BarChart, Block, DataPoint, DataSeries, DataVisualizationBlock

from blocks import text
from bot.core.model import Channel
from bot.core.ports.insights import DayVolume

_MOST_SERIES, _MOST_POINTS, _LONGEST_NAME, _LONGEST_TITLE = 6, 20, 20, 50
_DAYS = ("Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed")  # 1 January 1970 was a Thursday.


def bars(
    name: str, title: str, categories: Sequence[str], series: Mapping[str, Sequence[float]]
) -> Block | None:
    """Return bars by category, a colour for each series; None for what Slack would refuse.

    It takes 6 series of 20 points, and every label once.
    """
    labels = [text.cut(one, _LONGEST_NAME) for one in categories]
    fits = (
        0 < len(labels) <= _MOST_POINTS
        and 0 < len(series) <= _MOST_SERIES
        and len(set(labels)) == len(labels)
    )
    if not fits:
        return None
    data = [
        DataSeries(
            text.cut(called, _LONGEST_NAME),
            [DataPoint(label, value) for label, value in zip(labels, values, strict=True)],
        )
        for called, values in series.items()
    ]
    chart = BarChart(data, AxisConfig(labels))
    return DataVisualizationBlock(text.cut(title, _LONGEST_TITLE), chart, block_id=name)


def volume(name: str, days: Sequence[DayVolume], first: int, last: int) -> Block | None:
    """Return new conversations on the days from `first` to `last` (since 1970) by channel; None without any.

    Where the days are too many, they are weeks.
    """
    if not days or last < first:
        return None
    size = 1 if last - first < _MOST_POINTS else 7
    begins = range(first, last + 1, size)
    channels = [channel for channel in Channel if any(one.channel is channel for one in days)]
    series = {
        channel.value: [_asked(days, channel, begin, begin + size) for begin in begins]
        for channel in channels
    }
    title = "New conversations a day" if size == 1 else "New conversations a week"
    return bars(name, title, [_label(begin, weekly=size > 1) for begin in begins], series)


def _asked(days: Sequence[DayVolume], channel: Channel, begin: int, end: int) -> int:
    return sum(one.asked for one in days if one.channel is channel and begin <= one.day < end)


def _label(day: int, *, weekly: bool) -> str:
    """Name a day by its weekday, or a week by its first day: short, for they stand beside each other."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)
    return f"{at.day} {at:%b}" if weekly else f"{_DAYS[day % 7]} {at.day}"


def table(rows: Sequence[Sequence[str]], limit: int = text.SECTION_MAX) -> str:
    """Write rows beneath each other in columns, the first with their names, as text of fixed width."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return f"```{text.cut(text.escape(chr(10).join(lines)), limit - 6)}```"
