"""What the stand-in sends and answers, held against Slack's own samples: every field there, and of the same kind.

A sample is merged from many payloads, so it names every field there is; none of them says which are always there.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.slack import directory
from tests.sandbox.conftest import FarSide, actions, button, card, modal, recording
from tests.waiting import until

SAMPLES = Path(__file__).parents[3] / "shared" / "specs" / "slack_payloads"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="needs ../shared/specs/slack_payloads")
# What stands in a sample under names that differ from payload to payload.
FREE = {"values", "metadata", "private_metadata", "icons"}
# Fields of today's Slack that are younger than the samples (documented on docs.slack.dev).
YOUNGER = {"context_team_id", "context_enterprise_id", "app_name", "updated", "response_urls", "is_app_user"}
# What some samples happen to lack, while others have it in the same place.
NOT_SAMPLED = (
    ".event.app_id",
    ".bot_profile.user_id",
    ".options",
    ".message.reactions",
    ".previous_message.reactions",
    ".view.blocks",
)


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text())


def strange(ours: Any, theirs: Any, at: str = "") -> Iterator[str]:
    """Yield where ours has a field that Slack's has not, or one of another kind."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name, value in ours.items():
            if name in FREE or name in YOUNGER or f"{at}.{name}".endswith(NOT_SAMPLED):
                continue
            if name not in theirs:
                yield f"{at}.{name} is none of Slack's"
            else:
                yield from strange(value, theirs[name], f"{at}.{name}")
    elif isinstance(ours, list) and isinstance(theirs, list):
        for index, one in enumerate(ours):
            yield from _like_one_of(one, theirs, f"{at}[{index}]")
    elif ours is not None and theirs is not None and kind(ours) != kind(theirs):
        yield f"{at} is {kind(ours)}, Slack's is {kind(theirs)}"


def _like_one_of(one: Any, theirs: list[Any], at: str) -> Iterator[str]:
    """Compare an element of a list with the sample of its type; a list without samples says nothing."""
    if not theirs:
        return
    found = [list(strange(one, other, at)) for other in theirs if _same_type(one, other)]
    yield from min(found, key=len, default=[f"{at} is of no type that the sample has"])


def _same_type(one: Any, other: Any) -> bool:
    if not isinstance(one, dict) or not isinstance(other, dict) or "type" not in other:
        return kind(one) == kind(other)
    return not other["type"] or one.get("type") == other["type"]


def kind(value: Any) -> str:
    return (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    )


async def test_presses_and_windows(far_side: FarSide) -> None:
    app, seen = recording(far_side)
    async with far_side.connected(app):
        shown = await card(far_side)
        await far_side.do("click", action_id="approve", **shown)
        press = seen[-1]
        opened = await far_side.slack.views_open(
            trigger_id=press["trigger_id"], view=modal(notify_on_close=True)
        )
        view_id, user = opened["view"]["id"], far_side.agent
        await far_side.do("submit", view_id=view_id, user=user, values={"answer": {"text": "Yes"}})
        submission = seen[-1]
        await far_side.do("click", action_id="approve", **shown)
        again = await far_side.slack.views_open(
            trigger_id=seen[-1]["trigger_id"], view=modal(notify_on_close=True)
        )
        await far_side.do("close", view_id=again["view"]["id"], user=user)
        closed = seen[-1]
        await far_side.do("command", channel=far_side.email, user=user, command="/cockpit", text="help")
        # A form knows only words, over Socket Mode too; the sample was decoded.
        command = seen[-1] | {"is_enterprise_install": seen[-1]["is_enterprise_install"] == "true"}
        await far_side.do("shortcut", callback_id="note", **shown)
        shortcut = seen[-1]
    assert list(strange(press, sample("app_backend/BlockActionPayload.json"))) == []
    assert list(strange(opened.data, sample("api/views.open.json"))) == []
    assert list(strange(submission, sample("app_backend/ViewSubmissionPayload.json"))) == []
    assert list(strange(closed, sample("app_backend/ViewClosedPayload.json"))) == []
    assert list(strange(command, sample("app_backend/SlashCommandPayload.json"))) == []
    assert list(strange(shortcut, sample("app_backend/MessageShortcutPayload.json"))) == []


async def test_answers_of_the_web_api(far_side: FarSide) -> None:
    slack = far_side.slack
    posted = await slack.chat_postMessage(channel=far_side.email, text="Hello", blocks=[actions(button())])
    changed = await slack.chat_update(channel=far_side.email, ts=posted["ts"], text="Bye")
    await slack.chat_postMessage(channel=far_side.email, text="More", thread_ts=posted["ts"])
    thread = await slack.conversations_replies(channel=far_side.email, ts=posted["ts"])
    for answer, name in (
        (posted, "chat.postMessage"),
        (changed, "chat.update"),
        (thread, "conversations.replies"),
        (await slack.users_info(user=far_side.agent), "users.info"),
        (await slack.auth_test(), "auth.test"),
    ):
        assert list(strange(answer.data, sample(f"api/{name}.json"))) == [], name


async def test_events(far_side: FarSide) -> None:
    app, _ = recording(far_side)
    async with far_side.connected(app):
        said = await far_side.do("message", channel=far_side.email, user=far_side.agent, text="Hello")
        where = {"channel": far_side.email, "ts": said["ts"], "user": far_side.agent}
        await far_side.do("reaction", reaction="eyes", **where)
        await far_side.do("edit", text="Hello again", **where)
        await far_side.do("delete", **where)
        mention = f"<@{directory.BOT_USER}> hello"
        await far_side.do("message", channel=far_side.email, user=far_side.agent, text=mention)
        await far_side.slack.chat_postMessage(channel=far_side.email, text="From the app")
        file = await far_side.slack.files_upload_v2(channel=far_side.email, content="Hi", filename="hi.txt")
        assert file["ok"]
        await far_side.do("home", user=far_side.agent)
        names = set("message reaction_added message_changed message_deleted app_mention bot_message".split())

        async def all_told() -> dict[str, Any]:
            told = by_name([entry["frame"]["payload"] for entry in await far_side.log("envelope")])
            return told if told.keys() >= names | {"app_home_opened", "file_share"} else {}

        events = await until(all_told)
    for name, file in (
        ("message", "MessagePayload"),
        ("reaction_added", "ReactionAddedPayload"),
        ("message_changed", "MessageChangedPayload"),
        ("message_deleted", "MessageDeletedPayload"),
        ("app_mention", "AppMentionPayload"),
        ("bot_message", "MessagePayload"),  # What is posted with `username` is of the older kind.
        ("app_home_opened", "AppHomeOpenedPayload"),
    ):
        assert list(strange(events[name], sample(f"events/{file}.json"))) == [], name
    # The sample of a shared file is a person's; of the app's only the files are the same.
    files = sample("events/MessageFileSharePayload.json")["event"]["files"]
    assert list(strange(events["file_share"]["event"]["files"], files)) == []


def by_name(seen: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the newest payload of each event; messages by their subtype."""
    found = {}
    for body in seen:
        event = body.get("event") or {}
        if event:
            own = "bot_message" if event.get("bot_id") else event["type"]
            found[event.get("subtype") or own] = body
    return found
