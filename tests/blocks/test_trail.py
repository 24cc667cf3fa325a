"""What `/cockpit audit` shows."""

from blocks.trail import trail
from bot.core.audit import TOMBSTONE, AuditRow
from tests.builders import AT


def row(seq: int = 1, actor: str = "U0KIM", action: str = "take", **payload: object) -> AuditRow:
    return AuditRow(seq, AT, actor, action, "conversation", payload, "0" * 64, "1" * 64)


def test_nothing_is_said_in_words() -> None:
    assert trail([]) == "Nothing is on record about this conversation."


def test_people_are_named_and_what_was_written_is_harmless() -> None:
    said = trail(
        [row(), row(2, "<!channel>", "a<b", reasons=["`x`", "<!here>"]), row(3, "policy", **TOMBSTONE)]
    )
    assert "<@U0KIM> · *take*" in said
    assert "<!channel>" not in said
    assert "&lt;!channel&gt; · *a&lt;b*" in said
    assert "*take* · _erased_" in said


def test_the_newest_are_shown_and_the_rest_is_counted() -> None:
    said = trail([row(number) for number in range(1, 41)])
    assert "(40 rows)" in said
    assert "`15` " not in said
    assert "`16` " in said
    assert "_15 older rows" in said
