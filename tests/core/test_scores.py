"""A lone digit is a rating; whatever says more is a message."""

import pytest

from bot.core.scores import score_of


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("1", 1),
        ("5", 5),
        (" 4 \n", 4),
        ("3.", 3),
        ("5!!", 5),
        ("5/5", 5),
        ("2 / 5", 2),
        ("0", None),
        ("6", None),
        ("45", None),
        ("4 or 5", None),
        ("4-5", None),
        ("5 tents please", None),
        ("I ordered 2", None),
        ("5?", None),
        ("٥", None),
        ("five", None),
        ("", None),
        ("1" * 10_000, None),
    ],
)
def test_scores(text: str, score: int | None) -> None:
    assert score_of(text) == score
