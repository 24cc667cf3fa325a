"""Slack's own charts within Slack's limits, held against the stand-in's rules; tables for what it cannot draw."""

import pytest

from blocks import charts, digest, kit
from bot.core.insights.counted import CaseSums, Counted
from bot.core.insights.digest import Digest, Plan, lines, preview
from bot.core.insights.figures import figures
from bot.core.model import Channel
from bot.core.ports.desk_work import Queued
from bot.core.ports.insights import DayVolume
from sandbox.slack.validate import block_problems
from tests.builders import AT, conversation

FIRST = 20_000


def days(number, channels=tuple(Channel)):
    return [DayVolume(FIRST + n, channel, n + 1, n) for n in range(number) for channel in channels]


def shown(block):
    (made,) = kit.message([block])
    assert list(block_problems([made], "message")) == []
    return made


def test_a_week_is_a_bar_a_day_by_channel():
    made = shown(charts.volume("volume", days(7), FIRST, FIRST + 6))
    chart = made["chart"]
    assert (made["title"], chart["type"]) == ("New conversations a day", "bar")
    assert [one["name"] for one in chart["series"]] == list(Channel)
    assert len(chart["axis_config"]["categories"]) == 7
    assert [point["value"] for point in chart["series"][0]["data"]] == [1, 2, 3, 4, 5, 6, 7]
    assert [point["label"] for point in chart["series"][0]["data"]] == chart["axis_config"]["categories"]


def test_days_without_anything_are_zero():
    made = shown(charts.volume("volume", [DayVolume(FIRST + 2, Channel.CHAT, 5, 0)], FIRST, FIRST + 3))
    assert [point["value"] for point in made["chart"]["series"][0]["data"]] == [0, 0, 5, 0]


@pytest.mark.parametrize("number", [20, 21, 30, 90])
def test_what_is_too_long_is_told_by_the_week(number):
    made = shown(charts.volume("volume", days(number), FIRST, FIRST + number - 1))
    points = made["chart"]["series"][0]["data"]
    assert len(points) <= 20
    assert sum(point["value"] for point in points) == number * (number + 1) // 2


def test_of_nothing_there_is_no_chart():
    assert charts.volume("volume", [], FIRST, FIRST + 6) is None
    assert charts.bars("b", "t", [], {"a": []}) is None
    assert charts.bars("b", "t", ["x", "x"], {"a": [1, 2]}) is None
    assert charts.bars("b", "t", ["x"], {str(n): [1] for n in range(7)}) is None


def test_a_table_has_its_columns_beneath_each_other():
    assert (
        charts.table([("Sure", "n"), ("92%", "10"), ("<b>", "7")]) == "```Sure  n\n92%   10\n&lt;b&gt;   7```"
    )


def told(*, weekly, longest=None, waiting=0, gaps=0, decided=0, asked=0):
    counted = figures(Counted(CaseSums(asked=asked, answered=asked, automated=asked // 2)))
    due = preview(AT, weekly=weekly)
    last = due.scope.until // 24 - 1
    volume = [DayVolume(last, Channel.CHAT, asked, 0)] if asked else []
    return Digest(due, lines(counted, figures(Counted())), longest, waiting, gaps, decided, volume)


def test_a_weekly_digest_says_what_counts_and_draws_the_week():
    talk = conversation(subject="<!channel> & parcel\nlost", channel=Channel.EMAIL)
    said, made = digest.digest(
        told(weekly=True, longest=Queued(talk, "Ada", AT), waiting=3, gaps=12, decided=100, asked=40)
    )
    assert list(block_problems(made, "message")) == []
    assert said == "The week in support: New conversations 40; Automated resolution 50.0 %"
    assert [one["type"] for one in made] == [
        "header",
        "context",
        "section",
        "section",
        "data_visualization",
        "context",
    ]
    assert "*Automated resolution*\n50.0 %\nn = 40" in made[2]["fields"][1]["text"]
    beneath = made[3]["text"]["text"]
    assert "*Waiting for people now*: 3\nLongest: " in beneath
    assert "&lt;!channel&gt; &amp; parcel lost" in beneath
    assert "no article answered 12 of 100 questions (12%)" in beneath


def test_a_daily_digest_of_nothing_is_whole():
    _, made = digest.digest(told(weekly=False))
    assert list(block_problems(made, "message")) == []
    assert [one["type"] for one in made] == ["header", "context", "section", "section", "context"]
    assert made[3]["text"]["text"] == "*Waiting for people now*: nothing"
    assert "*First response*\nnothing yet\nn = 0" in made[2]["fields"][2]["text"]


def test_the_plan_is_told_with_the_way_to_change_it():
    assert "/cockpit digest #support-leads" in digest.plan(None)
    said = digest.plan(Plan("C1", "Europe/Berlin", 545))
    assert "<#C1> at 9:05 (Europe/Berlin) on Mon, Tue, Wed, Thu, Fri" in said
    assert "Before: " in digest.plan_changed("U1", None, None)
