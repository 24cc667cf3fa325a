"""What counts as text."""

import pytest

from bot.core.text import is_blank


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u200b", "\u200b\u2060 \ufeff", "\x00", "\u3000"])
def test_nothing_to_see_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "\u200b.", "👍", "🩷", "🫩", "你好", "0", "é"])
def test_anything_to_see_is_not(text: str) -> None:
    assert not is_blank(text)
