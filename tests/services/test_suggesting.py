"""From an agent's own words to an article, with somebody who says so in between."""

from pathlib import Path

import pytest

from bot.answering.knowledge import load_articles
from bot.core.errors import AlreadyDecided, InvalidInput, Rejected, Unavailable
from bot.core.model import Suggestion
from bot.services.suggesting import Suggesting, slug_of
from bot.settings import Settings
from bot.settings.slack import SlackSettings
from bot.wiring.answers import article_writer
from tests.services.conftest import KIM, RIVERA, World

OWN = "Dear Ada,\n\nYes, we lend tents for up to two weeks, at 20 euros a week.\n\nBest regards\nKim"


def suggesting(world: World, folder: Path | None) -> Suggesting:
    write = article_writer(Settings(SlackSettings("xoxb"), knowledge_dir=folder))
    return Suggesting(world.database, write, world.clock)


async def answered(world: World, question: str = "Hello, do you lend tents?", text: str = OWN) -> None:
    case = await world.arrive(question)
    await world.review.send_own(
        case.conversation.id, case.conversation.turn, text, KIM, None, key=case.conversation.id
    )


async def waiting(world: World) -> list[Suggestion]:
    found, count = await suggesting(world, None).waiting()
    assert count == len(found)
    return list(found)


async def test_an_answer_in_own_words_is_suggested_without_greeting_and_name(world: World) -> None:
    await answered(world)
    (one,) = await waiting(world)
    assert one.question == "do you lend tents?"
    assert one.answer == "Yes, we lend tents for up to two weeks, at 20 euros a week."
    assert one.author == KIM.id


async def test_a_large_edit_is_suggested_and_a_small_one_is_not(world: World) -> None:
    for name, text in (
        ("a", "You can return unused items within 60 days of your order."),
        ("b", "We lend shoes to members of the club, free for the first two weeks."),
    ):
        case = await world.waiting() if name == "a" else await world.arrive(address="b@customer.example")
        assert case.current_draft is not None
        kept = case.current_draft
        edited = kept.proposal.text if name == "a" else text
        await world.review.send_own(
            case.conversation.id, case.conversation.turn, edited, KIM, kept.id, key=name
        )
    assert [one.answer for one in await waiting(world)] == [text]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Do you lend tents? And when do you open on Sunday?", OWN),
        ("Do you lend tents?", "Yes, we do."),
        ("Do you lend tents?", "word " * 3_001),
        ("Thank you!", OWN),
    ],
)
async def test_what_teaches_nothing_is_not_suggested(world: World, question: str, text: str) -> None:
    await answered(world, question, text)
    assert await waiting(world) == []


async def test_accepted_it_is_an_article_that_is_read(world: World, tmp_path: Path) -> None:
    await answered(world)
    (one,) = await waiting(world)
    desk = suggesting(world, tmp_path)
    name = await desk.accept(
        one.id, "  Lending: tents & “more” ", "Do you lend\ntents?", "Yes.\n\n---\n\nTwo weeks.", RIVERA
    )
    library = load_articles(tmp_path)
    assert library.problems == ()
    (article,) = library.articles
    assert article.slug == name
    assert article.title == "Lending: tents & “more”"
    assert article.questions == ("Do you lend tents?",)
    assert article.passages == ("Yes.", "Two weeks.")
    assert article.review_by is not None
    assert await waiting(world) == []
    row = next(row for row in await world.audit() if row.action == "article.accept")
    assert (row.actor, row.payload["article"]) == (RIVERA.id, name)
    with pytest.raises(AlreadyDecided, match=f"<@{RIVERA.id}> was first. It is an article now."):
        await desk.decline(one.id, KIM)


async def test_private_numbers_get_neither_into_a_suggestion_nor_into_an_article(
    world: World, tmp_path: Path
) -> None:
    card, account = "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"
    own = f"Your card {card} was declined by its bank, so please try another one."
    await answered(world, f"Why was my card {card} declined?", own)
    (one,) = await waiting(world)
    assert one.question == "Why was my card ⟦card ending in 1111⟧ declined?"
    assert one.answer.startswith("Your card ⟦card ending in 1111⟧ was declined")
    name = await suggesting(world, tmp_path).accept(
        one.id, f"Card {card}", f"Was {card} declined?", f"Pay to {account} instead.", KIM
    )
    written = (tmp_path / f"{name}.md").read_text()
    assert [number for number in (card, account) if number in written] == []
    assert "ending in 1111" in written
    assert "⟦bank account ending in 3000⟧ instead." in written
    row = next(row for row in await world.audit() if row.action == "article.accept")
    assert card not in str(row.payload)


async def test_declined_it_is_off_the_list(world: World, tmp_path: Path) -> None:
    await answered(world)
    (one,) = await waiting(world)
    await suggesting(world, tmp_path).decline(one.id, KIM)
    assert await waiting(world) == []
    assert load_articles(tmp_path).articles == ()
    with pytest.raises(AlreadyDecided, match="No article was made of it"):
        await suggesting(world, tmp_path).get(one.id)


async def test_what_cannot_be_written_leaves_it_waiting(world: World, tmp_path: Path) -> None:
    await answered(world)
    (one,) = await waiting(world)
    with pytest.raises(Rejected, match="KNOWLEDGE_DIR is not set"):
        await suggesting(world, None).accept(one.id, "Tents", "Do you?", "Yes, we do.", KIM)
    with pytest.raises(Rejected, match="KNOWLEDGE_DIR cannot be written to"):
        await suggesting(world, tmp_path / "none").accept(one.id, "Tents", "Do you?", "Yes, we do.", KIM)
    for field, given in (
        ("title", ("", "Do you?", "Yes.")),
        ("question", ("Tents", " \n", "Yes.")),
        ("text", ("Tents", "Do you?", "x" * 3_001)),
        ("text", ("Tents", "Do you?", "# Only a heading")),
    ):
        with pytest.raises(InvalidInput) as error:
            await suggesting(world, tmp_path).accept(one.id, *given, KIM)
        assert error.value.field == field
    assert len(await waiting(world)) == 1
    assert load_articles(tmp_path).articles == ()


async def test_what_was_not_decided_is_no_article(world: World, tmp_path: Path) -> None:
    await answered(world)
    (one,) = await waiting(world)
    desk = suggesting(world, tmp_path)
    world.database.fail_next_commit = True
    with pytest.raises(Unavailable):
        await desk.accept(one.id, "Tents", "Do you?", "Yes, we do.", KIM)
    assert len(await waiting(world)) == 1
    assert load_articles(tmp_path).articles == ()
    name = await desk.accept(one.id, "Tents", "Do you?", "Yes, we do.", KIM)
    assert [article.slug for article in load_articles(tmp_path).articles] == [name]


async def test_what_is_decided_and_finds_no_place_is_told(world: World, tmp_path: Path) -> None:
    await answered(world)
    (one,) = await waiting(world)
    name = f"tents-{one.id[:6]}.md"
    (tmp_path / name / "in the way").mkdir(parents=True)
    with pytest.raises(Rejected, match=rf"It is decided, but .* rename \.{name}\.new to {name}\."):
        await suggesting(world, tmp_path).accept(one.id, "Tents", "Do you?", "Yes, we do.", KIM)
    assert await waiting(world) == []
    (tmp_path / name / "in the way").rmdir()
    (tmp_path / name).rmdir()
    (tmp_path / f".{name}.new").rename(tmp_path / name)
    assert [article.title for article in load_articles(tmp_path).articles] == ["Tents"]


async def test_what_is_not_known_is_refused(world: World) -> None:
    with pytest.raises(Rejected, match="not known"):
        await suggesting(world, None).decline("nobody", KIM)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Lending: Tents & more", "lending-tents-more"),
        ("Übergröße", "bergr-e"),
        ("帐篷", "article"),
        ("../../x", "x"),
    ],
)
def test_a_title_becomes_a_harmless_name(title: str, slug: str) -> None:
    assert slug_of(title) == slug
