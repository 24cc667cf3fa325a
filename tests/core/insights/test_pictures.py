"""What is drawn is what stands in the table and in the words."""

from bot.core.insights.pictures import heatmap, reliability
from bot.core.ports.insights import HourVolume, SureTurns


def sure(confidence, good, wrong):
    return SureTurns(confidence, 100, 50, 20, 10, 5, good, wrong)


def test_of_nothing_there_is_no_picture():
    assert heatmap([], "") is None
    assert heatmap([HourVolume(0, 0, 0)], "") is None
    assert reliability([], "") is None
    assert reliability([sure(900, 0, 0)], "") is None


def test_one_point_is_a_picture():
    picture = reliability([sure(900, 9, 1)], "")
    (point,) = picture.spec["data"]["values"]
    assert (point["x"], point["y"], point["n"]) == (0.925, 0.9, 10)
    assert point["low"] < 0.9 < point["high"]
    assert picture.rows[1] == ("92%", "90%", f"{point['low']:.0%} to {point['high']:.0%}", "10")


def test_a_heat_map_has_all_hours_of_a_week():
    picture = heatmap([HourVolume(1, 12, 7), HourVolume(5, 23, 2)], "This week")
    cells = picture.spec["data"]["values"]
    assert len(cells) == 7 * 24
    assert sum(cell["asked"] for cell in cells) == 9
    assert {"day": "Tue", "hour": 12, "asked": 7} in cells
    assert "busiest: Tue from 12:00 UTC with 7" in picture.alt
    assert picture.rows[0] == ("UTC", "0–5", "6–11", "12–17", "18–23", "all")
    assert picture.rows[2] == ("Tue", "0", "0", "7", "0", "7")
    assert picture.spec["title"]["subtitle"] == "This week"


def test_the_words_tell_which_ranges_are_off():
    picture = reliability([sure(900, 40, 60), sure(700, 70, 28), sure(500, 1, 0)], "")
    assert (
        picture.alt
        == "Reliability of confidence, 199 judged drafts: 1 of 3 ranges are off by more than chance."
    )
