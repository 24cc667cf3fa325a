import pytest

from tests.handlers.slack.conftest import World

TYPED = {"type": "message", "user": "U0KIM", "text": "Called the carrier", "ts": "2.0", "thread_ts": "1.0"}


async def test_text_in_a_thread_is_a_note(world: World) -> None:
    await world.happen(TYPED)
    assert world.notes.kept == [("add", "C0MAIL", "1.0", "2.0", "U0KIM", "Called the carrier")]


async def test_shared_files_are_named(world: World) -> None:
    await world.happen(TYPED | {"subtype": "file_share", "text": "", "files": [{"name": "label.pdf"}, {}]})
    assert world.notes.kept[0][-1] == "(attached: label.pdf, a file)"


@pytest.mark.parametrize(
    "event",
    [
        {"type": "message", "user": "U0KIM", "text": "not in a thread", "ts": "2.0"},
        TYPED | {"ts": "1.0"},
        TYPED | {"bot_id": "B1"},
        TYPED | {"user": None},
        TYPED | {"text": "  "},
        TYPED | {"user": "U0BOT"},
        TYPED | {"subtype": "channel_join"},
        TYPED | {"subtype": "bot_message"},
        {"type": "message", "subtype": "message_changed"},
        {"type": "message", "subtype": "message_changed", "message": TYPED | {"bot_id": "B1"}},
        {
            "type": "message",
            "subtype": "message_changed",
            "message": {"user": "U0KIM", "ts": "2.0", "text": "x"},
        },
    ],
)
async def test_everything_else_is_none_of_our_business(world: World, event: dict) -> None:
    await world.happen(event)
    assert world.notes.kept == []


async def test_edits_and_deletions_are_followed(world: World) -> None:
    await world.happen(
        {"type": "message", "subtype": "message_changed", "message": TYPED | {"text": "Better"}}
    )
    await world.happen({"type": "message", "subtype": "message_deleted", "deleted_ts": "2.0"})
    tombstone = {"subtype": "tombstone", "ts": "3.0"}
    await world.happen({"type": "message", "subtype": "message_changed", "message": tombstone})
    assert world.notes.kept == [
        ("edit", "C0MAIL", "2.0", "Better"),
        ("remove", "C0MAIL", "2.0"),
        ("remove", "C0MAIL", "3.0"),
    ]


async def test_home_is_shown_when_it_is_opened(world: World) -> None:
    await world.happen({"type": "app_home_opened", "user": "U0KIM", "tab": "home"})
    (home,) = world.slack.asked("views.publish")
    assert home["user_id"] == "U0KIM"
    assert "Your queue (0)" in str(home["view"])


async def test_messages_tab_shows_nothing(world: World) -> None:
    await world.happen({"type": "app_home_opened", "user": "U0KIM", "tab": "messages"})
    assert world.slack.asked("views.publish") == []


async def test_failure_to_show_the_home_is_logged_and_slack_asks_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.slack.then("views.publish", "internal_error")
    await world.happen({"type": "app_home_opened", "user": "U0KIM", "tab": "home"}, status=503)
    assert "listener_unavailable" in caplog.messages
