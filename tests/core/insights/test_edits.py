import pytest

from bot.core.insights.edits import changed_share


@pytest.mark.parametrize(
    ("before", "after", "share"),
    [
        ("", "", 0),
        ("a b c d", "a b c d", 0),
        ("a b c d", " a  b\nc d ", 0),
        ("a b c d", "a x c d", 0.25),
        ("a b c d", "a b c d e", 0.2),
        ("a b c d", "b c d", 0.25),
        ("a b c d", "w x y z", 1),
        ("", "a b", 1),
        ("a b c", "c b a", 2 / 3),
    ],
)
def test_share_of_words_changed(before, after, share):
    assert changed_share(before, after) == pytest.approx(share)
    assert changed_share(after, before) == pytest.approx(share)


def test_long_texts_are_compared_without_their_order_and_at_once():
    before = " ".join(f"w{n}" for n in range(20_000))
    after = " ".join(f"w{n}" for n in reversed(range(10_000, 30_000)))
    assert changed_share(before, after) == pytest.approx(0.5)
