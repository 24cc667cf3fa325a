"""The desk against the stand-in for Slack, which refuses what Slack refuses."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import aiohttp
import pytest

from bot.core.errors import ChannelClosed, Gone, Refused
from bot.core.model import Case, Channel, Status
from bot.core.ports.storage import DeskPost
from integrations.slack.client import SlackClient
from integrations.slack.desk import SlackDesk
from sandbox.server import Sandbox, SandboxConfig
from sandbox.slack import directory
from tests import builders as b
from tests.blocks.states import STATES
from tests.integrations.slack.fake_slack import running

MAIL, OTHER, ESCALATIONS = directory.SUPPORT_CHANNELS["email"], directory.OTHER, directory.ESCALATIONS


def today(case: Case) -> Case:
    """Let a case begin now: the stand-in's clock is the real one."""
    now = datetime.now(UTC)
    return replace(case, conversation=replace(case.conversation, created_at=now))


NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
WAITING = today(STATES["waiting"])
ESCALATED = today(STATES["escalated_by_hand"])


CONTENTS = {"a" * 64: b"PNG picture", "b" * 64: b"PDF paper"}


async def contents(sha256: str) -> bytes | None:
    return CONTENTS.get(sha256)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    far_side = Sandbox(SandboxConfig(port=0))
    await far_side.start()
    yield far_side
    await far_side.stop()


@pytest.fixture
async def desk(sandbox: Sandbox) -> AsyncIterator[SlackDesk]:
    async with aiohttp.ClientSession() as session:
        client = SlackClient(directory.BOT_TOKEN, sandbox.slack_api, session)
        yield SlackDesk(client, {"email": MAIL, "*": OTHER}, contents, ESCALATIONS)


async def standing(sandbox: Sandbox) -> list[dict]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{sandbox.url}/control/slack/state") as answer,
    ):
        return (await answer.json())["messages"]


def sheets(desk: SlackDesk, case: Case, standing: Mapping[str, DeskPost] = MappingProxyType({})) -> dict:
    return {sheet.name: sheet for sheet in desk.sheets(case, threshold=0.9, now=NOW, standing=standing)}


def post(sheet: str, slack_channel: str) -> DeskPost:
    return DeskPost(WAITING.conversation.id, sheet, slack_channel, "1763888400.000100", "digest")


async def test_each_channel_has_its_slack_channel(desk: SlackDesk) -> None:
    assert sheets(desk, WAITING)["root"].slack_channel == MAIL
    by_phone = replace(WAITING, conversation=replace(WAITING.conversation, channel=Channel.PHONE))
    assert sheets(desk, by_phone)["root"].slack_channel == OTHER


async def test_escalation_is_a_sheet_of_its_own_elsewhere(desk: SlackDesk) -> None:
    found = sheets(desk, ESCALATED)
    assert list(found)[:2] == ["root", "escalation"]
    assert found["escalation"].slack_channel == ESCALATIONS
    assert not found["escalation"].in_thread
    assert all(sheet.in_thread for name, sheet in found.items() if name not in ("root", "escalation"))
    assert "escalation" not in sheets(desk, WAITING)


async def test_escalation_is_shown_as_answered_afterwards(desk: SlackDesk) -> None:
    answered = replace(ESCALATED.conversation, status=Status.ANSWERED, escalated=False)
    after = replace(ESCALATED, conversation=answered, draft=None, decisions=())
    assert "escalation" not in sheets(desk, after)
    shown = sheets(desk, after, standing={"escalation": post("escalation", ESCALATIONS)})["escalation"]
    assert "*Answered*" in str(shown.blocks)
    assert "actions" not in [block["type"] for block in shown.blocks]


async def test_digest_follows_what_is_shown_and_nothing_else(desk: SlackDesk) -> None:
    first = sheets(desk, WAITING)["root"]
    same = replace(WAITING, conversation=replace(WAITING.conversation, version=99))
    taken = replace(WAITING, conversation=replace(WAITING.conversation, assignee="U0KIM"))
    assert sheets(desk, same)["root"].digest == first.digest
    assert sheets(desk, taken)["root"].digest != first.digest


async def test_posted_sheets_can_be_found_again_and_changed(sandbox: Sandbox, desk: SlackDesk) -> None:
    taken = replace(WAITING, events=(b.event(text="Woken by <@U0KIM>"),))
    found = sheets(desk, taken)
    root, leaf = found["root"], list(found.values())[1]
    assert await desk.find(root, taken, root_ts=None) is None
    ts = await desk.post(root, taken, root_ts=None)
    leaf_ts = await desk.post(leaf, taken, root_ts=ts)
    assert await desk.find(root, taken, root_ts=None) == ts
    assert await desk.find(leaf, taken, root_ts=ts) == leaf_ts
    other = replace(taken, conversation=replace(taken.conversation, id="another"))
    assert await desk.find(root, other, root_ts=None) is None

    await desk.update(replace(root, text="changed"), taken, ts, root_ts=ts)
    posted = {message["ts"]: message for message in await standing(sandbox)}
    assert posted[ts]["text"] == "changed"
    assert posted[ts]["blocks"] == root.blocks
    assert posted[leaf_ts]["thread_ts"] == ts
    assert await desk.find(root, taken, root_ts=None) == ts


async def test_what_was_deleted_is_gone(desk: SlackDesk) -> None:
    with pytest.raises(Gone):
        await desk.update(sheets(desk, WAITING)["root"], WAITING, "1763888400.000100", root_ts=None)


async def test_escalation_links_to_its_thread_once_that_stands(sandbox: Sandbox, desk: SlackDesk) -> None:
    found = sheets(desk, ESCALATED)
    ts = await desk.post(found["escalation"], ESCALATED, root_ts=None)
    assert f"<#{MAIL}>" in str((await standing(sandbox))[-1]["blocks"])
    root = await desk.post(found["root"], ESCALATED, root_ts=None)
    await desk.update(found["escalation"], ESCALATED, ts, root_ts=root)
    shown = next(m for m in await standing(sandbox) if m["ts"] == ts)
    assert f"p{root.replace('.', '')}" in str(shown["blocks"])
    assert "|open the thread>" in str(shown["blocks"])


@pytest.mark.parametrize("state", STATES)
async def test_the_stand_in_accepts_every_card(sandbox: Sandbox, desk: SlackDesk, state: str) -> None:
    case = today(STATES[state])
    posted = [
        await desk.post(sheet, case, root_ts=None)
        for sheet in desk.sheets(case, threshold=0.9, now=NOW, standing={})[:1]
    ]
    assert len(posted) == len(await standing(sandbox)) == 1


async def test_a_card_stays_in_the_slack_channel_where_it_stands(desk: SlackDesk) -> None:
    found = sheets(desk, ESCALATED, standing={"root": post("root", OTHER)})
    assert {sheet.slack_channel for sheet in found.values()} == {OTHER, ESCALATIONS}


class Minutes:
    """A monotonic clock that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now * 60


async def refused(desk: SlackDesk) -> None:
    with pytest.raises(ChannelClosed):
        await desk.post(sheets(desk, WAITING)["root"], WAITING, root_ts=None)


async def test_a_closed_slack_channel_is_replaced_until_it_takes_cards_again() -> None:
    clock = Minutes()
    async with running() as slack, aiohttp.ClientSession() as session:
        client = SlackClient("xoxb-test", f"{slack.url}api/", session)
        desk = SlackDesk(client, {"email": MAIL, "*": OTHER}, contents, ESCALATIONS, clock=clock)
        slack.then("chat.postMessage", "is_archived")
        await refused(desk)
        (_, alarm) = slack.asked("chat.postMessage")
        assert (alarm["channel"], f"<#{MAIL}>" in alarm["text"]) == (OTHER, True)
        assert f"<#{MAIL}>: This Slack channel is archived." in desk.trouble()
        standing_there = {"root": post("root", MAIL)}
        assert sheets(desk, WAITING, standing_there)["root"].slack_channel == OTHER

        clock.now = 6
        assert desk.trouble() == ""  # Until it is tried again, nobody knows.
        slack.then("chat.postMessage", "is_archived")
        await refused(desk)
        assert len(slack.asked("chat.postMessage")) == 3  # It is tried now and then, and cried about once.

        clock.now = 12
        await desk.post(sheets(desk, WAITING)["root"], WAITING, root_ts=None)
        assert slack.asked("chat.postMessage")[-1]["channel"] == MAIL
        assert desk.trouble() == ""


async def test_an_alarm_that_nobody_takes_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with running() as slack, aiohttp.ClientSession() as session:
        client = SlackClient("xoxb-test", f"{slack.url}api/", session)
        desk = SlackDesk(client, {"email": MAIL, "*": OTHER}, contents, ESCALATIONS)
        slack.then("chat.postMessage", "is_archived", "not_in_channel")
        await refused(desk)
        assert "slack_alarm_not_posted" in caplog.messages


async def test_where_no_other_slack_channel_is_the_only_one_is_tried_again() -> None:
    async with running() as slack, aiohttp.ClientSession() as session:
        client = SlackClient("xoxb-test", f"{slack.url}api/", session)
        desk = SlackDesk(client, {"*": MAIL}, contents)
        slack.then("chat.postMessage", "is_archived")
        await refused(desk)
        assert sheets(desk, WAITING)["root"].slack_channel == MAIL
        assert len(slack.asked("chat.postMessage")) == 1


FILES = [
    {"name": "crack.png", "type": "image/png", "size": 11, "sha256": "a" * 64},
    {"name": "bill.pdf", "type": "application/pdf", "size": 9, "sha256": "b" * 64},
    {"name": "film.mp4", "type": "video/mp4", "size": 30_000_000},
]


def with_files(case: Case, files: list[dict]) -> Case:
    (asked, *rest) = case.messages
    return replace(case, messages=(replace(asked, metadata={"attachments": files}), *rest))


async def test_small_files_stand_in_the_thread_in_one_message_and_are_found_again(
    sandbox: Sandbox, desk: SlackDesk
) -> None:
    case = with_files(WAITING, FILES)
    known = sheets(desk, case)
    card, files = known["root"], known[f"files:{case.messages[0].id}"]
    root_ts = await desk.post(card, case, root_ts=None)
    assert await desk.find(files, case, root_ts=root_ts) is None
    await desk.post(files, case, root_ts=root_ts)
    (message,) = [one for one in await standing(sandbox) if one.get("files")]
    assert [file["title"] for file in message["files"]] == ["crack.png", "bill.pdf"]
    assert message["thread_ts"] == root_ts
    assert message["text"].startswith(":paperclip: *2 files* of message 1")
    assert await desk.find(files, case, root_ts=root_ts) == message["ts"]
    await desk.update(files, case, message["ts"], root_ts=root_ts)  # There is nothing to change.
    shown = next(block for block in card.blocks if block["block_id"] == "files")["elements"][0]["text"]
    assert (
        shown
        == ":paperclip: crack.png (11 B)\xa0\xa0·  bill.pdf (9 B)\xa0\xa0·  film.mp4 (30 MB, only in the original)"
    )


async def test_files_whose_content_is_gone_are_refused(sandbox: Sandbox, desk: SlackDesk) -> None:
    case = with_files(WAITING, [{"name": "x", "type": "t", "size": 1, "sha256": "c" * 64}])
    files = sheets(desk, case)[f"files:{case.messages[0].id}"]
    with pytest.raises(Refused, match="not kept any more"):
        await desk.post(files, case, root_ts="1.0")


async def test_a_merged_card_links_to_the_card_where_it_goes_on(desk: SlackDesk, sandbox: Sandbox) -> None:
    other = sheets(desk, WAITING)["root"]
    ts = await desk.post(other, WAITING, root_ts=None)
    merged = today(STATES["merged"])
    place = DeskPost(WAITING.conversation.id, "root", MAIL, ts, "digest")
    found = desk.sheets(merged, threshold=0.9, now=NOW, standing={}, goes_on=place)
    await desk.post(found[0], merged, root_ts=None)
    shown = (await standing(sandbox))[-1]
    (way_on,) = [block for block in shown["blocks"] if block["block_id"] == "way_on"]
    assert "It goes on here: <http" in way_on["elements"][0]["text"]
    assert ts.replace(".", "") in way_on["elements"][0]["text"]


async def test_the_escalation_of_a_merged_conversation_stays_true(desk: SlackDesk) -> None:
    merged = today(STATES["merged"])
    there = {"escalation": post("escalation", ESCALATIONS)}
    assert "escalation" in sheets(desk, merged, standing=there)
