import json
import logging
import re
from dataclasses import replace

import pytest

from blocks import ids
from blocks.ids import Target
from bot.core.errors import AlreadyDecided, Refused, Rejected, Superseded, Unavailable
from bot.core.model import DeliveryState, Sender
from tests.blocks.states import STATES
from tests.handlers.slack.conftest import AGENT, CASE, MANAGER, ON, World


@pytest.mark.parametrize(
    ("action_id", "decision"),
    [
        (ids.APPROVE, ("approve", ON.draft, AGENT)),
        (ids.TAKE, ("take", ON.conversation, AGENT)),
        (ids.TAKE_OVER, ("take_over", ON.conversation, AGENT)),
        (ids.RESOLVE, ("resolve", ON.conversation, ON.turn, AGENT)),
        (ids.GOOD, ("judge", ON.draft, True, AGENT)),
        (ids.WRONG, ("judge", ON.draft, False, AGENT)),
        (ids.WENT_OUT, ("settle", ON.delivery, True, AGENT)),
        (ids.RESEND, ("settle", ON.delivery, False, AGENT)),
        (ids.STOP, ("stop", ON.delivery, AGENT)),
        (ids.UNMERGE, ("undo", ON.conversation, AGENT)),
    ],
)
async def test_button_becomes_one_decision(world: World, action_id: str, decision: tuple) -> None:
    assert (await world.press(action_id)).status == 200
    assert world.review.decided == [decision]
    assert world.whispers == []
    assert world.roster.asked == []


async def test_loser_of_a_double_click_is_told_who_won(world: World) -> None:
    world.review.fail = AlreadyDecided("<@U0BEN> was first: this answer is on its way.", winner="U0BEN")
    assert (await world.press(ids.APPROVE)).status == 200
    assert world.whispers == [("C0MAIL", AGENT, "<@U0BEN> was first: this answer is on its way.")]


async def test_a_double_click_of_one_person_is_not_told_to_them(world: World) -> None:
    world.review.fail = AlreadyDecided(f"<@{AGENT}> was first: this answer is on its way.", winner=AGENT)
    assert (await world.press(ids.APPROVE)).status == 200
    assert world.whispers == []


async def test_whoever_takes_over_what_a_colleague_has_is_told_whose_it_was(world: World) -> None:
    world.review.had_it = "U0BEN"
    assert (await world.press(ids.TAKE_OVER)).status == 200
    assert world.whispers == [("C0MAIL", AGENT, "This was <@U0BEN>'s. It is yours now, as the card says.")]
    assert (await world.press(ids.TAKE_OVER, channel=None, message=None)).status == 200
    assert len(world.whispers) == 1


async def test_a_take_that_cannot_be_told_of_is_done_all_the_same(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.review.had_it = "U0BEN"
    world.slack.then("chat.postEphemeral", "user_not_in_channel")
    assert (await world.press(ids.TAKE_OVER)).status == 200
    assert caplog.messages == ["person_not_told"]


async def test_name_of_a_customer_does_not_come_alive_in_a_whisper(world: World) -> None:
    world.review.fail = Superseded("<https://evil.test|Click here> & <@U0ADMIN1> wrote again.")
    await world.press(ids.RESOLVE)
    ((_, _, told),) = world.whispers
    assert told == "&lt;https://evil.test|Click here&gt; &amp; &lt;@U0ADMIN1&gt; wrote again."


async def test_name_of_a_customer_does_not_come_alive_in_a_window(world: World) -> None:
    world.review.unknown = Superseded("<https://evil.test|Click here> & <@U0ADMIN1> wrote again.")
    await world.press(ids.EDIT)
    told = world.windows[-1]["blocks"][0]["text"]["text"]
    assert told == "&lt;https://evil.test|Click here&gt; &amp; &lt;@U0ADMIN1&gt; wrote again."


async def test_press_inside_a_thread_is_answered_in_the_thread(world: World) -> None:
    world.review.fail = Superseded("The customer wrote again.")
    await world.press(ids.APPROVE, message={"ts": "2.0", "thread_ts": "1.0"})
    assert world.slack.asked("chat.postEphemeral")[0]["thread_ts"] == "1.0"


async def test_press_on_the_card_itself_is_answered_in_the_channel(world: World) -> None:
    world.review.fail = Superseded("The customer wrote again.")
    await world.press(ids.APPROVE, message={"ts": "1.0", "thread_ts": "1.0"})
    assert "thread_ts" not in world.slack.asked("chat.postEphemeral")[0]


@pytest.mark.parametrize("value", ["garbage", "a.b.c.d", "x" * 2000])
async def test_garbage_in_a_button_is_an_old_card(world: World, value: str) -> None:
    await world.press(ids.TAKE, value)
    assert world.review.decided == []
    assert "older version of the card" in world.whispers[0][2]


@pytest.mark.parametrize("action_id", [ids.APPROVE, ids.GOOD, ids.WENT_OUT, ids.RESEND])
async def test_button_without_its_object_says_so(world: World, action_id: str) -> None:
    await world.press(action_id, Target("c1", 1).encode())
    assert world.review.decided == []
    assert len(world.whispers) == 1


async def test_fault_of_ours_shows_a_reference_that_the_log_knows(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.review.fail = RuntimeError("secret detail of the database")
    await world.press(ids.APPROVE)
    ((_, _, told),) = world.whispers
    reference = re.search(r"quote `(\w+)`", told)[1]
    assert "secret" not in told
    (record,) = [r for r in caplog.records if r.name == "handlers.slack.errors"]
    assert record.reference == reference
    assert record.exc_info[1].args == ("secret detail of the database",)


async def test_slack_refusing_the_whisper_is_only_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.review.fail = Rejected("No.")
    world.slack.then("chat.postEphemeral", "user_not_in_channel")
    with caplog.at_level(logging.WARNING):
        assert (await world.press(ids.TAKE)).status == 200
    assert "person_not_told" in caplog.messages


async def test_press_from_nowhere_is_not_answered(world: World) -> None:
    world.review.fail = Rejected("No.")
    assert (await world.press(ids.TAKE, channel=None, message=None)).status == 200
    assert world.whispers == []


async def test_menu_resolves(world: World) -> None:
    await world.choose(ids.encode_choice(ids.RESOLVE, ON))
    assert world.review.decided == [("resolve", ON.conversation, ON.turn, AGENT)]


async def test_menu_opens_windows(world: World) -> None:
    await world.choose(ids.encode_choice(ids.REPLY, ON))
    await world.choose(ids.encode_choice(ids.ORIGINAL, ON))
    await world.choose(ids.encode_choice(ids.ESCALATE, ON))
    assert [view["title"]["text"] for view in world.windows] == [
        *("Write an answer", "One moment", "The original mail", "Escalate")
    ]


@pytest.mark.parametrize("value", ["", "resolve", "delete:c.1..", "take:c.1.."])
async def test_garbage_in_the_menu_is_an_old_card(world: World, value: str) -> None:
    await world.choose(value)
    assert "older version" in world.whispers[0][2]


async def test_unknown_button_is_not_ours(world: World) -> None:
    assert (await world.press("unheard_of")).status == 200
    assert world.review.decided == []
    assert "threadpilot does not know who may do this" in world.whispers[0][2]


async def test_unsigned_and_stale_requests_are_refused(world: World) -> None:
    assert (await world.send("{}", "application/json", secret="other")).status == 401
    assert (await world.send("{}", "application/json", now=1_000_000)).status == 401


async def test_edit_opens_at_once_and_is_filled_with_the_draft(world: World) -> None:
    await world.press(ids.EDIT)
    (edit,) = world.windows
    assert edit["title"]["text"] == "Edit the answer"
    (box,) = (block["element"] for block in edit["blocks"] if block["type"] == "input")
    assert box["initial_value"] == CASE.draft.proposal.text
    assert (world.unsent.mine.view_id, world.unsent.mine.draft_id) == ("V1", CASE.draft.id)


async def test_dead_draft_cannot_be_edited(world: World) -> None:
    await world.press(ids.EDIT, Target(ON.conversation, 1, "older").encode())
    assert "This draft is dead" in str(world.windows[-1])


@pytest.mark.parametrize(
    ("state", "who"), [("sent_as_drafted", "<@U0KIM> was first"), ("sent_by_itself", "by itself")]
)
async def test_sent_draft_cannot_be_edited(world: World, state: str, who: str) -> None:
    world.review.now = STATES[state]
    await world.press(ids.EDIT)
    assert who in str(world.windows[-1])


async def test_draft_whose_approval_was_taken_back_can_be_edited(world: World) -> None:
    sent = STATES["sent_as_drafted"]
    (delivery,) = sent.deliveries
    world.review.now = replace(sent, deliveries=(replace(delivery, state=DeliveryState.CANCELLED),))
    await world.press(ids.EDIT)
    assert world.windows[-1]["title"]["text"] == "Edit the answer"


async def test_reply_starts_empty_for_the_newest_turn(world: World) -> None:
    await world.press(ids.REPLY, Target(ON.conversation, 0, "older").encode())
    assert world.windows[-1]["private_metadata"] == Target(ON.conversation, 1).encode()


async def test_escalate_opens_the_window_for_a_reason(world: World) -> None:
    await world.press(ids.ESCALATE)
    assert [view["callback_id"] for view in world.windows] == [ids.ESCALATE_MODAL]


async def test_error_behind_an_open_window_is_said_in_it(world: World) -> None:
    world.review.unknown = Rejected("This conversation is not known any more.")
    await world.press(ids.REPLY)
    assert "not known any more" in str(world.windows[-1])
    assert world.whispers == []


async def test_window_that_slack_does_not_open_is_said_in_the_channel(world: World) -> None:
    world.slack.then("views.open", "expired_trigger_id")
    await world.press(ids.EDIT)
    assert world.whispers[0][2] == "Slack waited too long for the window. Press the button again."


async def test_window_closed_before_it_was_filled_is_nobodys_trouble(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.slack.then("views.update", "not_found")
    await world.choose(ids.encode_choice(ids.ORIGINAL, ON))
    assert (world.whispers, [r.levelname for r in caplog.records if r.levelno > logging.INFO]) == ([], [])


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Refused("The Slack app lacks a scope."), "The Slack app lacks a scope."),
        (
            Unavailable("database is locked"),
            "That did not work just now, and nothing was changed. Please try again.",
        ),
    ],
)
async def test_what_others_refused_is_told_in_words_without_a_traceback(
    world: World, caplog: pytest.LogCaptureFixture, error: Exception, said: str
) -> None:
    world.review.fail = error
    await world.press(ids.APPROVE)
    assert world.whispers[-1][2] == said
    assert all(record.exc_info is None for record in caplog.records)


async def test_the_menu_opens_the_windows_for_moving_messages(world: World) -> None:
    world.review.now = STATES["came_back_earlier"]
    await world.choose(ids.encode_choice(ids.MERGE, ON))
    assert world.windows[-1]["callback_id"] == ids.MERGE_MODAL
    await world.choose(ids.encode_choice(ids.SPLIT, ON))
    assert world.windows[-1]["callback_id"] == ids.SPLIT_MODAL


async def test_one_message_cannot_be_split(world: World) -> None:
    await world.choose(ids.encode_choice(ids.SPLIT, ON))
    assert "only one message" in str(world.windows[-1]["blocks"])


async def test_what_is_masked_is_shown_after_it_was_put_on_record(world: World) -> None:
    card = "4111 1111 1111 1111"
    told = replace(world.review.now.messages[0], content=f"My card is {card}", sender=Sender.CUSTOMER)
    world.review.now = replace(world.review.now, messages=(told,))
    await world.choose(ids.encode_choice(ids.UNMASK, ON), MANAGER)
    assert world.review.decided == [("unmask", ON.conversation, MANAGER)]
    assert card in json.dumps(world.windows[-1])
    world.review.fail = Unavailable("database is locked")
    await world.choose(ids.encode_choice(ids.UNMASK, ON), MANAGER)
    assert card not in json.dumps(world.windows[-1])


async def test_the_mail_as_it_was_sent_is_no_way_around(world: World) -> None:
    mail = {"raw_sha256": "a" * 64}
    plain = replace(world.review.now.messages[0], metadata=mail, sender=Sender.CUSTOMER)
    for content, linked in (("Hello", True), ("My card is 4111 1111 1111 1111", False)):
        world.review.now = replace(world.review.now, messages=(replace(plain, content=content),))
        await world.choose(ids.encode_choice(ids.ORIGINAL, ON))
        assert ("See the whole mail" in json.dumps(world.windows[-1])) is linked
