"""The picture of an evaluation: valid, complete, in words too, and legible on dark ground."""

import xml.etree.ElementTree as ET

from bot.answering.evaluate import risk_coverage
from bot.answering.picture import Band, Bar, Drawn, svg

SVG = "{http://www.w3.org/2000/svg}"
BARS = (
    Bar("resolved & sent", 0.5, 0.4, 0.6, "50 % (5 of 10)", 0.7),
    Bar("wrong", 0.0, 0.0, 0.3, "0 % (0 of 10)"),
)
DRAWN = Drawn("10 tickets <all>", BARS, (Band(0.9, 0.8, 0.5, 0.95, 10),), ((0.5, 0.0), (1.0, 0.2)))


def test_it_is_one_well_formed_picture_that_says_in_words_what_it_shows() -> None:
    root = ET.fromstring(svg(DRAWN))  # noqa: S314 - our own text
    assert root.findtext(f"{SVG}title") == "10 tickets <all>"
    told = root.findtext(f"{SVG}desc") or ""
    assert "resolved & sent: 50 % (5 of 10)." in told
    assert "Of 10 answers 90% sure, 80% were right." in told
    bars = [float(rect.get("width", "")) for rect in root.iter(f"{SVG}rect") if rect.get("class") == "bar"]
    assert bars[0] > 0
    assert bars[1] == 0
    assert "prefers-color-scheme:dark" in (root.findtext(f"{SVG}style") or "")


def test_everything_lies_within_the_picture() -> None:
    root = ET.fromstring(svg(DRAWN))  # noqa: S314
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x", "")) <= width
        assert 0 <= float(text.get("y", "")) <= height


def test_nothing_measured_is_drawn_as_empty_frames() -> None:
    root = ET.fromstring(svg(Drawn("nothing", (), (), ())))  # noqa: S314
    assert list(root.iter(f"{SVG}polyline")) == []


def test_the_curve_sends_the_surest_first_and_ties_together() -> None:
    assert risk_coverage([0.9, 0.8, 0.8, 0.1], [True, False, True, False]) == [
        (0.25, 0.0),
        (0.75, 1 / 3),
        (1.0, 0.5),
    ]
    assert risk_coverage([], []) == []
    assert len(risk_coverage([i / 1_000 for i in range(1_000)], [True] * 1_000)) == 100
