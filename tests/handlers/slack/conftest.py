"""The Bolt app with fake services behind it and a fake Slack beside it, fed with signed requests."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from blocks.ids import Target
from bot.answering.knowledge import Article
from bot.answering.shelf import Macro, Shelf
from bot.core.access import Role
from bot.core.audit import AuditRow
from bot.core.certificates import NotYet
from bot.core.errors import Owned
from bot.core.identity import KnownCustomer
from bot.core.insights.counted import CaseSums, Counted, Promised, Times, TurnSums
from bot.core.insights.digest import Digest, Plan, lines, preview
from bot.core.insights.figures import Figure, figures
from bot.core.insights.scope import Scope, scope_of
from bot.core.model import Actor, Case, Channel, Mode, Status, Suggestion
from bot.core.policy import default_rules
from bot.core.ports.desk_work import QueueView, Writing
from bot.core.ports.insights import DayVolume, Open
from bot.core.ports.merges import Candidate
from bot.core.ports.tally import uncounted
from bot.core.priority import Priority
from bot.core.teamwork.assigning import Method
from bot.core.teamwork.rules import Crew, TeamRules
from bot.services.controls import Report
from bot.services.insights import Overview
from bot.services.quality import Replay, Risk
from bot.services.settingbook import Change
from bot.services.team_controls import Reset
from bot.services.unsent import Desk
from handlers.slack import Services, register
from handlers.slack.access import AccessGate
from handlers.slack.transport import build_app
from integrations.slack.client import SlackClient
from tests import builders
from tests.blocks.states import STATES
from tests.builders import AT
from tests.integrations.slack.fake_slack import FakeSlack, running

SECRET = "shh"
AGENT, MANAGER = "U0KIM", "U0MORGAN"
CASE = STATES["waiting"]
SMS = builders.customer(channel=Channel.SMS, address="+442079460101")
ON = Target(CASE.conversation.id, 1, CASE.draft.id, "delivery1")


@dataclass
class FakeReview:
    """Keeps what was decided; `fail` is raised by the next decision, which waits until it is not `busy`."""

    decided: list[tuple[Any, ...]] = field(default_factory=list)
    fail: Exception | None = None
    had_it: str = ""
    owned_by: str = ""
    now: Case = CASE
    unknown: Exception | None = None
    held: asyncio.Event | None = None
    busy: asyncio.Event | None = None

    def _keep(self, *decision: Any) -> None:
        if self.fail:
            error, self.fail = self.fail, None
            raise error
        self.decided.append(decision)

    async def _at_work(self) -> None:
        if self.busy is not None:
            await self.busy.wait()

    def _act(self, over: str, *decision: Any) -> None:
        if self.owned_by != over:
            raise Owned(self.owned_by)
        self._keep(*decision)

    async def approve(self, draft_id: str, actor: Actor, *, over: str) -> None:
        self._act(over, "approve", draft_id, actor.id)

    async def send_own(
        self,
        conversation_id: str,
        turn: int,
        text: str,
        actor: Actor,
        draft_id: str | None,
        *,
        key: str,
        copies: bool,
    ) -> None:
        await self._at_work()
        self._keep("send_own", conversation_id, turn, text, actor.id, draft_id, key)
        self.copies = copies

    async def take(self, conversation_id: str, actor: Actor, *, over: bool = False) -> str:
        self._keep("take_over" if over else "take", conversation_id, actor.id)
        return self.had_it

    async def resolve(self, conversation_id: str, turn: int, actor: Actor, *, over: str) -> None:
        self._act(over, "resolve", conversation_id, turn, actor.id)

    async def judge(self, draft_id: str, good: bool, actor: Actor) -> None:
        self._keep("judge", draft_id, good, actor.id)

    async def stop(self, delivery_id: str, actor: Actor) -> None:
        self._keep("stop", delivery_id, actor.id)

    async def settle(self, delivery_id: str, went_out: bool, actor: Actor) -> None:
        self._keep("settle", delivery_id, went_out, actor.id)

    async def escalate(self, conversation_id: str, reason: str, actor: Actor, *, key: str) -> None:
        await self._at_work()
        self._keep("escalate", conversation_id, reason, actor.id, key)

    async def again(self, conversation_id: str, turn: int, hint: str, actor: Actor) -> None:
        self._keep("again", conversation_id, turn, hint, actor.id)

    async def reject(self, conversation_id: str, turn: int, why: str, actor: Actor) -> None:
        self._keep("reject", conversation_id, turn, why, actor.id)

    async def snooze(self, conversation_id: str, turn: int, until: datetime, actor: Actor) -> None:
        self._keep("snooze", conversation_id, turn, until, actor.id)

    async def end(self, conversation_id: str, actor: Actor) -> None:
        self._keep("wake", conversation_id, actor.id)

    async def ask(
        self, conversation_id: str, colleague: str, question: str, actor: Actor, *, key: str
    ) -> None:
        self._keep("ask", conversation_id, colleague, question, actor.id, key)

    async def not_support(self, conversation_id: str, turn: int, actor: Actor, *, over: str) -> None:
        self._act(over, "not_support", conversation_id, turn, actor.id)

    async def block(self, conversation_id: str, turn: int, actor: Actor, *, over: str) -> None:
        self._act(over, "block", conversation_id, turn, actor.id)

    async def unblock(self, conversation_id: str, actor: Actor) -> None:
        self._keep("unblock", conversation_id, actor.id)

    async def reopen(self, conversation_id: str, actor: Actor) -> None:
        self._keep("reopen", conversation_id, actor.id)

    async def note(self, conversation_id: str, actor: Actor) -> None:
        self._keep("unmask", conversation_id, actor.id)

    async def merge(self, source_id: str, target_id: str, actor: Actor) -> None:
        self._keep("merge", source_id, target_id, actor.id)

    async def undo(self, source_id: str, actor: Actor) -> None:
        self._keep("undo", source_id, actor.id)

    async def split(self, conversation_id: str, message_id: str, actor: Actor) -> str:
        self._keep("split", conversation_id, message_id, actor.id)
        return "fresh"

    async def candidates(self, conversation_id: str, text: str = "") -> Sequence[Candidate]:
        self.searched = text
        other = replace(self.now.conversation, id="other", subject="Parcel, again")
        return [Candidate(other, "Ada", "")] if text != "none" else []

    async def case(self, conversation_id: str) -> Case:
        if self.held is not None:
            await self.held.wait()
        if self.unknown:
            raise self.unknown
        return self.now


@dataclass
class FakeNotes:
    kept: list[tuple[str, ...]] = field(default_factory=list)

    async def add(self, slack_channel: str, thread_ts: str, ts: str, author: str, text: str) -> bool:
        self.kept.append(("add", slack_channel, thread_ts, ts, author, text))
        return True

    async def conversation_at(self, slack_channel: str, thread_ts: str) -> str | None:
        return CASE.conversation.id if thread_ts == "1.000100" else None

    async def edit(self, slack_channel: str, ts: str, text: str) -> None:
        self.kept.append(("edit", slack_channel, ts, text))

    async def remove(self, slack_channel: str, ts: str) -> None:
        self.kept.append(("remove", slack_channel, ts))


@dataclass
class FakeTeamwork:
    """What is set about teamwork, and what people do with conversations among themselves."""

    done: list[tuple[Any, ...]] = field(default_factory=list)
    fail: Exception | None = None

    def now(self) -> datetime:
        return AT

    async def rules(self) -> TeamRules:
        return TeamRules()

    async def loads(self) -> Mapping[str, int]:
        return {}

    async def gone(self, rules: TeamRules) -> Sequence[str]:
        return ()

    async def set_method(self, method: Method, actor: Actor) -> Reset:
        self.done.append(("method", method, actor.id, actor.is_manager))
        return Reset(TeamRules(), TeamRules(crew=Crew(method, {AGENT: 8})))

    async def assign(self, conversation_id: str, to: str | None, actor: Actor) -> None:
        self.done.append(("assign", conversation_id, to, actor.id))
        if self.fail:
            raise self.fail

    async def follow(self, conversation_id: str, on: bool, actor: Actor) -> None:
        self.done.append(("follow", conversation_id, on, actor.id))

    async def set_priority(self, conversation_id: str, priority: Priority | None, actor: Actor) -> None:
        self.done.append(("priority", conversation_id, priority, actor.id))

    async def hand_back(self, conversation_id: str, reason: str, actor: Actor) -> None:
        self.done.append(("hand_back", conversation_id, reason, actor.id))
        if self.fail:
            raise self.fail


_BEFORE = {"auto_above": 0.9, "mode": Mode.ASSIST, "rollout": 1.0, "undo": 0, "paused": False}


@dataclass
class FakeControls:
    changed: list[tuple[Any, ...]] = field(default_factory=list)
    fail: Exception | None = None

    async def rules(self) -> Mapping[Channel, Any]:
        return default_rules(Mode.AUTO)

    async def status(self) -> Report:
        return Report(default_rules(Mode.AUTO), {}, [("Slack", "connected")])

    async def set(
        self, name: str, channel: Channel | None, value: Any, actor: Actor, *, seen: int | None = None
    ) -> list[Change]:
        return self._change(name, channel, _BEFORE[name], value, actor)

    async def newest(self) -> int:
        return 0

    async def taken_away(self) -> dict[str, Any]:
        return {}

    def _change(self, key: str, channel: Channel | None, old: Any, new: Any, actor: Actor) -> list[Change]:
        if self.fail:
            raise self.fail
        self.changed.append((key, channel, new, actor.id, actor.is_manager))
        return [Change(key, one, old, new) for one in ([channel] if channel else Channel)]


ARTICLES = [Article(slug, slug.capitalize(), ("Text.",)) for slug in ("returns", "delivery", "opening-hours")]


class FakeInsights:
    """Tells made-up figures of whatever period and channel it is asked for."""

    def scope(self, period: str, channel: Channel | None) -> Scope:
        return scope_of(AT, period, channel)

    async def overview(self, scope: Scope) -> Overview:
        def told(automated: int, asked: int = 100) -> Sequence[Figure]:
            sums = CaseSums(asked=asked, answered=90, automated=automated)
            return figures(
                Counted(sums, TurnSums(), Times(first=[4] * 60 + [3_600] * 30)), Promised(), young=3
            )

        return Overview(scope, AT, told(62), told(20), [Open(Channel.CHAT, Status.WAITING, AT)] * 2, [])


@dataclass
class FakeDigests:
    """Tells a made-up digest; `planned` is what was set."""

    planned: list[tuple[Any, ...]] = field(default_factory=list)

    async def preview(self, *, weekly: bool) -> Digest:
        counted = figures(Counted(CaseSums(asked=100, automated=62), TurnSums(), Times(first=[4] * 60)))
        before = figures(Counted(CaseSums(asked=20, automated=4), TurnSums(), Times()))
        due = preview(AT, weekly=weekly)
        days = [DayVolume(due.scope.until // 24 - 1, Channel.CHAT, 100, 62)]
        return Digest(due, lines(counted, before), None, 2, 12, 100, days)

    async def plan(self) -> Plan | None:
        return None

    async def set_plan(self, plan: Plan | None, actor: Actor) -> Plan | None:
        self.planned.append((plan, actor.id, actor.is_manager))
        return None


def way_in(actor: Actor) -> str:
    """Return a link that says for whom it is."""
    return f"https://support.example/dashboard/enter?ticket={actor.id}-{actor.is_manager}"


@dataclass
class FakeQuality:
    promised: list[tuple[Any, ...]] = field(default_factory=list)

    async def risks(self) -> list[Risk]:
        return [Risk(Channel.EMAIL, None, None)]

    async def promising(self, channel: Channel | None, wanted: float) -> list[Risk]:
        return [Risk(channel or Channel.CHAT, wanted, NotYet(76, 0))]

    async def set_risk(
        self, channel: Channel | None, wanted: float, actor: Actor, seen: int | None = None
    ) -> list[Risk]:
        self.promised.append((channel, wanted, actor.id, actor.is_manager))
        return [Risk(channel or Channel.CHAT, wanted, NotYet(76, 0))]

    async def whatif(self, channel: Channel, threshold: float) -> Replay:
        return Replay(channel, threshold, 200, 0.5, 40, 1, 0.0013, 0.1137)


class FakeTrail:
    """Has one row of every conversation."""

    async def rows(self, which: str) -> Sequence[AuditRow]:
        payload = {"reasons": ["sure"], "policy": "2026-11.3"}
        return [AuditRow(7, AT, "policy", "decide.send", which, payload, "0" * 64, "1" * 64)]


@dataclass
class FakeRoster:
    asked: list[str] = field(default_factory=list)

    roles: dict[str, Role] = field(default_factory=dict)

    async def is_manager(self, user_id: str) -> bool:
        self.asked.append(user_id)
        return user_id == MANAGER

    async def role_of(self, user: str, most: Role = Role.OWNER) -> Role:
        usual = Role.MANAGER if user.startswith(MANAGER) else Role.AGENT
        return min(self.roles.get(user, usual), most)


@dataclass
class FakePeople:
    """Who the customers are: `done` is what people asked for, `fail` is raised instead."""

    done: list[tuple[str, ...]] = field(default_factory=list)
    fail: Exception | None = None
    ended: list[str] = field(default_factory=list)

    async def end_visits(self, user: str) -> None:
        self.ended.append(user)

    async def everything(self, conversation_id: str) -> KnownCustomer:
        return KnownCustomer(CASE, (CASE.customer, SMS))

    async def refresh(self, conversation_id: str) -> None:
        self._do("refresh", conversation_id)

    async def join(self, conversation_id: str, address: str, actor: Actor) -> None:
        self._do("join", conversation_id, address, actor.id)

    async def part(self, conversation_id: str, customer_id: str, actor: Actor) -> None:
        self._do("part", conversation_id, customer_id, actor.id)

    def _do(self, *what: str) -> None:
        if self.fail:
            raise self.fail
        self.done.append(what)


@dataclass
class FakeUnsent:
    """Keeps the newest unsent answer of the one agent there is; `others` write too."""

    mine: Writing | None = None
    others: list[Writing] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        return AT

    async def desk(self, conversation_id: str, actor: str) -> Desk:
        return Desk(self.mine, self.others)

    async def open(self, writing: Writing) -> None:
        self.mine = writing

    async def keep(self, writing: Writing) -> None:
        self.mine = writing

    async def close(self, conversation_id: str, actor: str, view_id: str) -> None:
        self.closed.append(view_id)

    async def drop(self, conversation_id: str, actor: str) -> None:
        self.mine = None


@dataclass
class FakeTeam:
    """Who is here and what waits for them."""

    queue: QueueView = field(default_factory=lambda: QueueView((), (), None, 0, 0))
    practised: list[str] = field(default_factory=list)
    begun: list[tuple[Any, ...]] = field(default_factory=list)
    fail: Exception | None = None
    channels: tuple[Channel, ...] = (Channel.EMAIL, Channel.SMS)

    async def view(self, actor: str) -> QueueView:
        return self.queue

    async def has(self, actor: str) -> bool:
        return actor in self.practised

    async def done(self, actor: Actor) -> None:
        self.practised.append(actor.id)

    async def begin(self, *given: Any, key: str) -> str:
        if self.fail:
            raise self.fail
        self.begun.append((*given[:-1], given[-1].id, key))
        return "begun"


@dataclass
class FakeSuggesting:
    """What agents answered and could be articles."""

    waits: list[Suggestion] = field(default_factory=list)
    decided: list[tuple[Any, ...]] = field(default_factory=list)
    fail: Exception | None = None

    async def waiting(self) -> tuple[list[Suggestion], int]:
        return self.waits[:3], len(self.waits)

    async def get(self, suggestion_id: str) -> Suggestion:
        if self.fail:
            raise self.fail
        return next(one for one in self.waits if one.id == suggestion_id)

    async def accept(self, *given: Any) -> str:
        if self.fail:
            raise self.fail
        self.decided.append(("accepted", *given[:-1], given[-1].id))
        self.waits.clear()
        return "name"

    async def decline(self, suggestion_id: str, actor: Actor) -> None:
        if self.fail:
            raise self.fail
        self.decided.append(("declined", suggestion_id, actor.id))
        self.waits.clear()


@dataclass
class World:
    """Slack as a person uses it: press, submit, type."""

    app: AsyncApp
    slack: FakeSlack
    review: FakeReview
    notes: FakeNotes
    controls: FakeControls
    quality: FakeQuality
    roster: FakeRoster
    people: FakePeople
    counted: list[tuple[str, ...]]
    alarms: list[tuple[str, str]]
    unsent: FakeUnsent
    team: FakeTeam
    teamwork: FakeTeamwork
    suggesting: FakeSuggesting
    digests: FakeDigests

    async def send(self, body: str, content_type: str, secret: str = SECRET, now: int | None = None) -> Any:
        """Dispatch one signed request and return Bolt's response."""
        timestamp = str(now or int(datetime.now(UTC).timestamp()))
        signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
        headers = {
            "content-type": [content_type],
            "x-slack-signature": [str(signature)],
            "x-slack-request-timestamp": [timestamp],
        }
        return await self.app.async_dispatch(AsyncBoltRequest(body=body, headers=headers))

    async def interact(self, payload: dict[str, Any]) -> Any:
        whole = {
            "team": {"id": "T1"},
            "api_app_id": "A1",
            "user": {"id": AGENT},
            "trigger_id": "trigger",
        } | payload
        form = urlencode({"payload": json.dumps(whole)})
        return await self.send(form, "application/x-www-form-urlencoded")

    async def press(self, action_id: str, value: str | None = None, **more: Any) -> Any:
        """Press a button on a card, as its reader saw it."""
        action = {"type": "button", "action_id": action_id, "block_id": "do", "value": value or ON.encode()}
        return await self.interact(
            {
                "type": "block_actions",
                "channel": {"id": "C0MAIL"},
                "message": {"ts": "1.000100"},
                "actions": [action],
            }
            | more
        )

    async def choose(self, value: str, user: str = AGENT) -> Any:
        """Choose an entry of the overflow menu."""
        action = {
            "type": "overflow",
            "action_id": "more",
            "block_id": "do",
            "selected_option": {"value": value},
        }
        return await self.press("more", actions=[action], user={"id": user})

    async def submit(
        self,
        callback_id: str,
        values: dict[str, Any],
        metadata: str | None = None,
        root: str = "",
        blocks: Sequence[dict[str, Any]] = (),
    ) -> Any:
        """Submit a window; return what Slack is answered."""
        view = {
            "id": "V1",
            "root_view_id": root or None,
            "type": "modal",
            "callback_id": callback_id,
            "private_metadata": ON.encode() if metadata is None else metadata,
            "state": {"values": values},
            "blocks": blocks,
        }
        response = await self.interact({"type": "view_submission", "view": view})
        assert response.status == 200
        return json.loads(response.body) if response.body else None

    async def type_command(self, text: str, user: str = AGENT) -> str:
        """Type `/cockpit text`; return what its author alone is told."""
        await self.command(text, user, f"{self.slack.url}respond")
        (told,) = self.slack.asked("response_url")
        assert told.get("response_type", "ephemeral") == "ephemeral"
        return told["text"]

    async def command(self, text: str, user: str, response_url: str) -> None:
        fields = {
            "command": "/cockpit",
            "text": text,
            "user_id": user,
            "team_id": "T1",
            "channel_id": "C0MAIL",
            "response_url": response_url,
            "trigger_id": "trigger",
        }
        response = await self.send(urlencode(fields), "application/x-www-form-urlencoded")
        assert response.status == 200

    async def happen(self, event: dict[str, Any], status: int = 200) -> None:
        """Let Slack deliver an event, which is answered with a status."""
        whole = {
            "type": "event_callback",
            "team_id": "T1",
            "api_app_id": "A1",
            "event_id": "Ev1",
            "event": {"channel": "C0MAIL"} | event,
        }
        assert (await self.send(json.dumps(whole), "application/json")).status == status

    def read(self, response: Any) -> Any:
        """Return what an acknowledgement says."""
        return json.loads(response.body)

    @property
    def whispers(self) -> list[tuple[str, str, str]]:
        """Return what single persons were told: Slack channel, user, text."""
        told = self.slack.asked("chat.postEphemeral")
        return [(args["channel"], args["user"], args["text"]) for args in told]

    @property
    def windows(self) -> list[dict[str, Any]]:
        """Return the views that were opened or shown in their place, in order."""
        return [args["view"] for name, args in self.slack.calls if name in ("views.open", "views.update")]


async def nothing(_workspace: str) -> None:
    """Do nothing about a workspace that has removed the app."""


def services(
    client: SlackClient,
    review: FakeReview,
    *,
    controls: FakeControls | None = None,
    notes: FakeNotes | None = None,
    roster: FakeRoster | None = None,
    quality: FakeQuality | None = None,
    people: FakePeople | None = None,
    gate: AccessGate | None = None,
    unsent: FakeUnsent | None = None,
    teamwork: FakeTeamwork | None = None,
    team: FakeTeam | None = None,
    suggesting: FakeSuggesting | None = None,
    digests: FakeDigests | None = None,
) -> Services:
    """Return services that only note what is asked of them."""
    people, roster = people or FakePeople(), roster or FakeRoster()
    return Services(
        trail=FakeTrail(),
        gate=gate or AccessGate(roster, uncounted, lambda _key, _said: None),
        review=review,
        escalation=review,
        controls=controls or FakeControls(),
        notes=notes or FakeNotes(),
        quality=quality or FakeQuality(),
        experiments=None,  # These, and files of settings, are tested with the real ones, in `test_cockpit.py`.
        exchange=None,
        scoring=None,
        insights=FakeInsights(),
        way_in=way_in,
        end_visits=people.end_visits,
        roster=roster,
        client=client,
        merging=review,
        original_link=str,
        identify=people,
        identities=people,
        unsent=unsent or FakeUnsent(),
        shelf=Shelf(ARTICLES, (Macro("sorry", "Say sorry", "Dear {first_name}, we are sorry."),)),
        redrafting=review,
        snoozing=review,
        asking=review,
        closing=review,
        queueing=team or FakeTeam(),
        practising=team or FakeTeam(),
        outreach=team or FakeTeam(),
        suggesting=suggesting or FakeSuggesting(),
        team=teamwork or FakeTeamwork(),
        teamdesk=teamwork or FakeTeamwork(),
        digests=digests or FakeDigests(),
        departed=nothing,
        placing=None,  # Tested with the real one, in `test_cockpit.py` and `tests/bot/test_workspaces.py`.
        unmasking=review,
    )


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with making() as made:
        yield made


@asynccontextmanager
async def making(
    *, main: bool = True, knows: Callable[[str], Awaitable[bool]] | None = None
) -> AsyncIterator[World]:
    """Make the listeners of the main workspace, or of another one."""
    async with running() as slack, aiohttp.ClientSession() as session:
        client = SlackClient("xoxb-test", f"{slack.url}api/", session)
        review, notes, controls, roster = FakeReview(), FakeNotes(), FakeControls(), FakeRoster()
        people, quality, unsent, team = FakePeople(), FakeQuality(), FakeUnsent(), FakeTeam()
        teamwork, suggesting, digests = FakeTeamwork(), FakeSuggesting(), FakeDigests()
        app = build_app(client, SECRET, process_before_response=True)
        counted: list[tuple[str, ...]] = []
        alarms: list[tuple[str, str]] = []
        gate = AccessGate(
            roster,
            lambda *one: counted.append(one),
            lambda *one: alarms.append(one),
            main=main,
            knows=knows,
        )
        desk = services(
            client,
            review,
            controls=controls,
            notes=notes,
            roster=roster,
            quality=quality,
            people=people,
            gate=gate,
            unsent=unsent,
            team=team,
            teamwork=teamwork,
            suggesting=suggesting,
            digests=digests,
        )
        register(app, desk)
        yield World(
            app,
            slack,
            review,
            notes,
            controls,
            quality,
            roster,
            people,
            counted,
            alarms,
            unsent,
            team,
            teamwork,
            suggesting,
            digests,
        )
