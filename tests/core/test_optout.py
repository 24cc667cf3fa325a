"""STOP, START and HELP: exactly the words, and nothing that only contains them."""

import pytest

from bot.core.optout import Keyword, keyword


@pytest.mark.parametrize(
    "text", ["STOP", "stop", " Stop. ", "“Stop”", "unsubscribe", "Cancel", "END", "quit!", "StopAll"]
)
def test_words_that_stop(text: str) -> None:
    assert keyword(text) is Keyword.STOP


@pytest.mark.parametrize(
    "text", ["please stop sending me parcels", "cancel my order", "the end", "stop it now", "", "s" * 10_000]
)
def test_sentences_are_questions(text: str) -> None:
    assert keyword(text) is None


def test_start_allows_again_and_yes_only_where_it_was_stopped() -> None:
    assert keyword("start") is Keyword.START
    assert keyword("Yes", opted_out=True) is Keyword.START
    assert keyword("Yes") is None


def test_what_the_carriers_side_has_done_counts() -> None:
    assert keyword("arrêt", told="STOP") is Keyword.STOP
    assert keyword("aide", told="HELP") is Keyword.HELP
    assert keyword("help") is None
    assert keyword("STOP", told="nonsense") is Keyword.STOP
