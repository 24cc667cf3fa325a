"""Answers that could be articles: the list on the Home, and the window in which one is made."""

from typing import Any

import pytest

from blocks import ids
from blocks.ids import Target
from bot.core.errors import AlreadyDecided, InvalidInput
from bot.core.model import Suggestion
from tests.builders import AT
from tests.handlers.slack.conftest import AGENT, World
from tests.handlers.slack.test_home import home_of, named

ONE = Suggestion(
    "s1", "c1", "Do you lend <tents>?", "Yes: for up to\ntwo weeks, at 20 euros a week.", "UKIM", AT
)
HERE = Target("s1", 0).encode()
FIELDS = {"title": "Lending tents", "question": "Do you lend tents?", "text": "Yes, for two weeks."}


def filled(**fields: str) -> dict[str, Any]:
    return {name: {name: {"value": value}} for name, value in fields.items()}


async def press(world: World, action_id: str, **more: Any) -> None:
    action = {"type": "button", "action_id": action_id, "block_id": "x", "value": HERE}
    given = {"type": "block_actions", "user": {"id": AGENT}, "actions": [action], "trigger_id": "t", **more}
    assert (await world.interact(given)).status == 200


async def test_the_home_lists_what_could_be_an_article(world: World) -> None:
    assert "Could be articles" not in str(await home_of(world))
    world.suggesting.waits = [ONE] * 5
    view = await home_of(world, "U2")
    assert named(view, "suggestions")["text"]["text"] == "Could be articles (5)"
    assert named(view, "suggestion-1")["text"]["text"] == (
        "*Do you lend &lt;tents&gt;?*\nYes: for up to two weeks, at 20 euros a week.\n"
        "<@UKIM> answered this in their own words."
    )
    assert "and 2 more" in str(named(view, "suggestion-more"))


async def test_it_is_reviewed_edited_and_made_an_article(world: World) -> None:
    world.suggesting.waits = [ONE]
    await press(world, ids.SUGGESTION)
    window = world.windows[-1]
    assert named(window, ids.QUESTION)["element"]["initial_value"] == "Do you lend <tents>?"
    assert named(window, ids.TEXT)["element"]["initial_value"] == ONE.answer
    said = await world.submit(ids.SUGGESTION_MODAL, filled(**FIELDS), HERE)
    assert "It is an article now" in str(said)
    assert world.suggesting.decided == [("accepted", "s1", *FIELDS.values(), AGENT)]
    assert "Could be articles" not in str(world.slack.asked("views.publish")[-1])


async def test_it_is_declined_in_the_window(world: World) -> None:
    world.suggesting.waits = [ONE]
    await press(world, ids.DECLINE_SUGGESTION, view={"id": "V1", "hash": "h"})
    assert world.suggesting.decided == [("declined", "s1", AGENT)]
    assert "No article is made of it" in str(world.windows[-1])


@pytest.mark.parametrize(
    ("field", "place"), [("title", ids.TITLE), ("question", ids.QUESTION), ("text", ids.TEXT)]
)
async def test_what_cannot_be_used_is_marked_where_it_stands(world: World, field: str, place: str) -> None:
    world.suggesting.fail = InvalidInput("Too long.", field=field)
    said = await world.submit(ids.SUGGESTION_MODAL, filled(**FIELDS), HERE)
    assert said == {"response_action": "errors", "errors": {place: "Too long."}}


async def test_whoever_comes_second_is_told_who_was_first(world: World) -> None:
    world.suggesting.fail = AlreadyDecided("<@UKIM> was first.")
    said = await world.submit(ids.SUGGESTION_MODAL, filled(**FIELDS), HERE)
    assert "<@UKIM> was first." in str(said)
    await press(world, ids.DECLINE_SUGGESTION, view={"id": "V1", "hash": "h"})
    assert "<@UKIM> was first." in str(world.windows[-1])
