"""The small parts: markup from values, tables as CSV, charts."""

import csv
import io
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.web.dashboard import charts
from handlers.web.dashboard.html import Markup, tag, text
from handlers.web.dashboard.places import thread
from handlers.web.dashboard.tables import Cell, Table, as_csv

# What XML can hold at all.
words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")
)


@settings(max_examples=40)
@given(words, words)
def test_whatever_is_said_is_read_as_said(said, value):
    element = ET.fromstring(tag("p", said, title=value))  # noqa: S314 - ours
    assert (element.text or "", element.attrib["title"]) == (said, value)


def test_elements_nest_and_attributes_may_be_absent():
    inner = tag("b", "x & y", hidden=True, id=None, class_="c", aria_label="<")
    assert inner == '<b hidden class="c" aria-label="&lt;">x &amp; y</b>'
    assert tag("p", [inner, ["1", 2, None]]) == f"<p>{inner}12</p>"
    assert tag("input", name="of") == '<input name="of">'
    assert isinstance(text("<"), Markup)


@settings(max_examples=40)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=8), min_size=1, max_size=5))
def test_csv_keeps_what_is_said_and_starts_no_formula(cells):
    (_, row) = csv.reader(io.StringIO(as_csv(Table(["a"] * len(cells), [cells])), newline=""))
    for said, kept in zip(cells, row, strict=True):
        assert kept.removeprefix("'") == said.removeprefix("'")
        assert not kept.lstrip(" ").startswith(("=", "+", "@", "\t", "\r"))


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("=1+1", "'=1+1"),
        ("-1", "-1"),
        ("-1.5", "-1.5"),
        ("-1+cmd", "'-1+cmd"),
        (" @x", "' @x"),
        ("−5", "−5"),
        (Cell("shown", "raw"), "raw"),
        (Cell("+5"), "'+5"),
        ("a", "a"),
        ("-²", "'-²"),
    ],
)
def test_csv_cells(cell, kept):
    assert next(csv.reader(io.StringIO(as_csv(Table(["x"], [[cell]])).split("\r\n", 1)[1]))) == [kept]


def drawn(picture):
    return ET.fromstring(picture)  # noqa: S314 - ours


def test_columns_are_as_high_as_their_numbers_and_lead_to_cases():
    columns = [charts.Column("a", (1, 3), "four", "/cases"), charts.Column("b", (2, 0), "two")]
    picture = drawn(charts.stacked(columns))
    heights = [float(one.attrib["height"]) for one in picture.iter("rect")]
    assert heights[0] * 3 == pytest.approx(heights[1], abs=0.2)
    assert heights[0] * 2 == pytest.approx(heights[2], abs=0.2)
    assert [one.attrib["href"] for one in picture.iter("a")] == ["/cases"]
    assert {one.text for one in picture.iter("title")} == {"four", "two"}


@pytest.mark.parametrize("most", [0, 0.3, 1, 4, 5, 17, 99, 1_000, 123_456])
def test_axes_reach_as_far_as_the_numbers(most):
    picture = drawn(charts.stacked([charts.Column("x", (most,), "")]))
    assert all(0 <= float(one.attrib["height"]) <= 170.1 for one in picture.iter("rect"))


def test_shares_have_an_axis_of_a_whole():
    picture = drawn(charts.stacked([charts.Column("x", (0.5,), "")], "%"))
    assert [one.text for one in picture.iter("text")][:5] == ["0 %", "25 %", "50 %", "75 %", "100 %"]


def test_points_stand_with_their_bands_and_few_are_dim():
    points = [charts.Point(0.5, 0.5, 0.25, 0.75, "half", dim=True), charts.Point(1, 1, 1, 1, "all")]
    picture = drawn(charts.calibration(points))
    assert [one.attrib["class"] for one in picture.iter("circle")] == ["dot dim", "dot"]
    assert len(list(picture.iter("line"))) == 5 + 1 + 2


def test_heat_is_darkest_where_most_is_and_empty_without_a_fault():
    rows = [("Mon", [(n, str(n)) for n in range(24)]), ("Tue", [(0, "")] * 24)]
    shades = [float(one.attrib["fill-opacity"]) for one in drawn(charts.heat(rows)).iter("rect")]
    assert (len(shades), max(shades), shades[23]) == (48, 1, 1)
    assert list(drawn(charts.heat([])).iter("rect")) == []


@pytest.mark.parametrize(
    "where", [("", "C1", "1.2"), ("https://x.slack.com", "", "1.2"), ("https://x.slack.com", "C1", "")]
)
def test_a_thread_that_is_nowhere_has_no_address(where):
    assert thread(*where) == ""
