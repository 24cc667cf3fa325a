from datetime import UTC, datetime, timedelta

import pytest

from blocks import text
from tests.blocks.hostile import HOSTILE

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_escape_takes_the_life_out_of_marks() -> None:
    assert text.escape("<!channel> & <http://x|y>") == "&lt;!channel&gt; &amp; &lt;http://x|y&gt;"


def test_clean_drops_what_cannot_be_seen_and_keeps_lines() -> None:
    assert text.clean("a\x00b\r\nc\rd\n\n\n\n\ne\u202e ") == "ab\nc\nd\n\ne"
    assert text.clean("half \ud83d") == "half �"


def test_one_line_has_no_line_ends() -> None:
    assert text.one_line(" a\n b\t c ") == "a b c"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("<@U0KIM> says <!channel> & <@bad>", "<@U0KIM> says &lt;!channel&gt; &amp; &lt;@bad&gt;"),
        ("Escalated by <@W0BEN>: ask <@U0KIM>", "Escalated by <@W0BEN>: ask &lt;@U0KIM&gt;"),
        ("<@U0KIM>'s answer was taken back.", "<@U0KIM>'s answer was taken back."),
        ("<@U0KIM>, <!subteam^S0LEADS>: <@U1> is late", "<@U0KIM>, <!subteam^S0LEADS>: &lt;@U1&gt; is late"),
        ("Maya <@U0KIM> wrote again", "Maya &lt;@U0KIM&gt; wrote again"),
        ("Maya, sent by <@U0KIM>", "Maya, sent by &lt;@U0KIM&gt;"),
        ("&lt;@U0KIM&gt; wrote", "&amp;lt;@U0KIM&amp;gt; wrote"),
        ("<@U0KIM|boss> wrote", "&lt;@U0KIM|boss&gt; wrote"),
        ("<@u0kim> <@U1>", "&lt;@u0kim&gt; &lt;@U1&gt;"),
        (
            "<!here> <#C0ESC> <https://x.example|y>",
            "&lt;!here&gt; &lt;#C0ESC&gt; &lt;https://x.example|y&gt;",
        ),
    ],
)
def test_only_the_actor_of_our_own_notices_is_mentioned(given: str, shown: str) -> None:
    assert text.with_actor(given) == shown


@pytest.mark.parametrize(("given", "expected"), [("abc", "abc"), ("abcdef", "abc…"), ("ab  ef", "ab…")])
def test_cut_marks_what_is_missing(given: str, expected: str) -> None:
    assert text.cut(given, 4) == expected


@pytest.mark.parametrize(
    ("given", "limit", "expected"),
    [
        ("a &amp; b", 20, "a &amp; b"),
        ("a &amp; b", 6, "a…"),
        ("see <http://x|y>", 10, "see…"),
        ("abcdef", 4, "abc…"),
    ],
)
def test_cut_marked_never_leaves_half_a_mark(given: str, limit: int, expected: str) -> None:
    assert text.cut_marked(given, limit) == expected


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("limit", [100, 3000])
def test_pieces_are_within_the_limit_and_lose_nothing_but_space(kind: str, limit: int) -> None:
    pieces = text.pieces(HOSTILE[kind], limit)
    assert all(0 < len(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.escape(HOSTILE[kind]).split())


def test_pieces_break_between_words_and_lines() -> None:
    assert text.pieces("alpha beta gamma delta", 11) == ["alpha beta", "gamma delta"]
    assert text.pieces("one\ntwo\nthree", 8) == ["one\ntwo", "three"]


def test_every_quoted_line_is_marked() -> None:
    assert text.quoted("a\n\nb") == ["> a\n> \n> b"]
    long = text.quoted("x" * 250, 102)
    assert [piece[:2] for piece in long] == ["> ", "> ", "> "]


@pytest.mark.parametrize(
    ("share", "drawn"), [(0, "▱▱▱▱▱"), (0.82, "▰▰▰▰▱"), (0.97, "▰▰▰▰▰"), (7, "▰▰▰▰▰"), (-1, "▱▱▱▱▱")]
)
def test_bar_has_five_steps(share: float, drawn: str) -> None:
    assert text.bar(share) == drawn


def test_clock_is_in_the_readers_time_zone_with_the_day_where_it_matters() -> None:
    stamp = int(NOON.timestamp())
    assert text.clock(NOON, NOON + timedelta(hours=1)) == f"<!date^{stamp}^{{time}}|12:00 UTC>"
    far = f"<!date^{stamp}^{{date_short_pretty}}, {{time}}|2026-11-23 12:00 UTC>"
    assert text.clock(NOON, NOON + timedelta(days=2)) == far
    assert text.clock(NOON) == far


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.62, "0.6 s"), (-5, "0.0 s"), (42, "42 s"), (61, "1 min"), (3 * 3600 + 5, "3 h"), (200_000, "2 d")],
)
def test_span_is_how_people_say_it(seconds: float, said: str) -> None:
    assert text.span(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("actor", "shown"), [("U0KIM", "<@U0KIM>"), (None, "threadpilot"), ("", "threadpilot"), ("a<b", "a&lt;b")]
)
def test_person_is_mentioned_only_with_a_slack_id(actor: str | None, shown: str) -> None:
    assert text.person(actor) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://kb.example/a?b=1&c=2", "<https://kb.example/a?b=1&amp;c=2|A ¦ B>"),
        ("https://x.example/|<!channel>", "<https://x.example/%7C%3C!channel%3E|A ¦ B>"),
        ("javascript:alert(1)", "A | B"),
        ("https://x y", "A | B"),
        ("", "A | B"),
    ],
)
def test_only_web_addresses_are_linked(url: str, shown: str) -> None:
    assert text.link(url, "A | B") == shown


def test_dotted_leaves_out_what_is_not_there_and_tears_no_dot_from_its_words() -> None:
    assert text.dotted(["a", "", "b"]) == "a\xa0\xa0·  b"
