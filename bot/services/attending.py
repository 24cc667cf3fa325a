"""What a look at one conversation comes to: who gets it, who is called, what is late, and what the customer is told.

Each of the functions below looks at one matter and notes on the round what is to be done, by state alone: done twice,
or after a restart, it comes to the same.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.core.model import Action, Case, Channel, DeliveryState, Message, Sender, Status
from bot.core.ports.storage import Transaction
from bot.core.teamwork.assigning import Agent, Method, choose
from bot.core.teamwork.rota import mention
from bot.core.teamwork.rules import TeamRules, Word, words_in
from bot.core.teamwork.sla import Clock, Kind, clocks
from bot.core.teamwork.state import Acknowledgement, Promise, Watch
from bot.services.acknowledging_words import acknowledgement
from bot.services.transitions import move, note_event

# What waits for somebody who works here.
FOR_PEOPLE = frozenset({Status.WAITING, Status.ESCALATED, Status.UNDELIVERED})
_KINDS = {Kind.FIRST: "first answer", Kind.NEXT: "next answer", Kind.RESOLUTION: "solution"}
_AGAIN = timedelta(minutes=1)
_A_MOMENT = timedelta(seconds=1)
# What is older is no news: it was written before anybody asked for it.
_NEWS = timedelta(hours=1)
_QUIET = timedelta(hours=24)
# Who pauses all channels when a backup is restored: until people have looked, nothing leaves by itself.
RESTORE = "restore"


@dataclass
class Round:
    """One look at one conversation; `said` are lines for its thread, `wake` are moments of the next look."""

    tx: Transaction
    case: Case
    watch: Watch
    rules: TeamRules
    gone: frozenset[str]
    now: datetime
    said: list[str] = field(default_factory=list)
    wake: list[datetime] = field(default_factory=list)

    @property
    def assignee(self) -> str | None:
        """Return who has the conversation."""
        return self.case.conversation.assignee

    @property
    def waits_for_anybody(self) -> bool:
        """Tell whether somebody has to see to it now, and nobody has it."""
        return self.case.conversation.status in FOR_PEOPLE and self.assignee is None and not self.sleeps

    @property
    def sleeps(self) -> bool:
        """Tell whether somebody has put it off; it changes when it wakes, and is looked at again."""
        return self.case.conversation.snoozed_until is not None

    async def assign(self, to: str | None, why: str) -> None:
        """Give the conversation to somebody, or with None to nobody, and have the thread say `why`."""
        conversation = self.case.conversation
        payload = {"from": conversation.assignee, "to": to}
        await self.tx.audit.append(
            at=self.now, actor="policy", action="assign", subject=conversation.id, payload=payload
        )
        self.case = replace(self.case, conversation=replace(conversation, assignee=to))
        self.said.append(why)

    async def keep(self) -> None:
        """Put on record what came of it: at most one change of the conversation."""
        conversation, version = self.case.conversation, self.case.conversation.version
        for line in self.said:
            await note_event(self.tx, conversation.id, line, self.now)
        if self.said:
            version = (
                await move(
                    self.tx, conversation, conversation.status, self.now, assignee=conversation.assignee
                )
            ).version
        next_at = min((moment for moment in self.wake if moment > self.now), default=None)
        await self.tx.watches.put(
            replace(self.watch, version=version, stamp=self.rules.stamp, next_at=next_at)
        )


async def heed_words(on: Round) -> None:
    """Tell those who watch for a word that a customer has written it."""
    fresh = [m for m in on.case.messages if m.seq > on.watch.read_to and _is_news(m, on.now)]
    on.watch = replace(on.watch, read_to=max((m.seq for m in on.case.messages), default=0))
    said = "\n".join(f"{m.metadata.get('subject', '')}\n{m.content}" for m in fresh)
    for word, people in words_in(said, on.rules.words).items():
        on.said.append(f"{_mentions(people)}: the customer wrote “{word}”")


async def release(on: Round) -> None:
    """Take a conversation from somebody who is not there any more."""
    if on.assignee in on.gone and on.case.conversation.status in FOR_PEOPLE:
        who = mention(on.assignee or "")
        await on.assign(None, f"{who} is deactivated in Slack: nobody has this conversation any more")


async def give(on: Round) -> None:
    """Give what waits for anybody to somebody who has room; what is escalated only where nobody is on call."""
    escalated = on.case.conversation.status is Status.ESCALATED
    if not on.waits_for_anybody or on.rules.crew.method is Method.OFF or (escalated and on.rules.rota):
        return
    opens = on.rules.hours_of(on.case.conversation.channel).opens(on.now)
    if opens != on.now:
        on.wake += [opens] if opens else []
        return
    chosen = choose(await _agents(on), on.rules.crew.method)
    if chosen is None:
        on.wake.append(on.now + _AGAIN)
        return
    on.watch = replace(on.watch, given_to=chosen.id, given_at=on.now)
    in_hand = f"{chosen.load + 1} of {chosen.capacity} in hand"
    await on.assign(chosen.id, f"{mention(chosen.id)} gets this conversation ({in_hand})")


async def _agents(on: Round) -> list[Agent]:
    loads, given = await on.tx.watches.loads(), await on.tx.watches.given()
    present = {name: size for name, size in on.rules.crew.present.items() if name not in on.gone}
    return [Agent(name, size, loads.get(name, 0), given.get(name)) for name, size in present.items()]


async def call(on: Round) -> None:
    """Call who is on call about an escalation, and the next one when they do not take it in time."""
    _begin_calling(on)
    escalated = on.case.conversation.status is Status.ESCALATED and not on.sleeps
    if not escalated or _is_taken(on) or not on.rules.rota:
        return
    rota, watch = on.rules.rota, on.watch
    due = watch.called_at + timedelta(minutes=rota.limit) if watch.called_at and watch.called else on.now
    if on.now < due:
        on.wake.append(due)
        return
    left = [who for who in rota.line(on.now) if who not in watch.called]
    there = [who for who in left if who not in on.gone]
    on.said += [f"{mention(who)} is on call, but deactivated in Slack" for who in left if who in on.gone]
    if there:
        on.said.append(_called(on, there))
        on.wake.append(on.now + timedelta(minutes=rota.limit))
    elif not watch.all_called:
        on.said.append(_nobody(watch))
    passed = [who for who in left if who in on.gone]
    called = (*watch.called, *passed, *there[:1])
    on.watch = replace(on.watch, called=called, called_at=on.now, all_called=watch.all_called or not there)


def _is_taken(on: Round) -> bool:
    """Tell whether somebody has it; whoever escalates what they have hands it on."""
    by_hand = [d.actor for d in on.case.decisions if d.action is Action.ESCALATE and d.actor]
    return on.assignee is not None and on.assignee not in by_hand[-1:]


def _begin_calling(on: Round) -> None:
    """Begin anew when somebody escalates by hand, and forget who was called when the escalation is over."""
    by_hand = [d.id for d in on.case.decisions if d.action is Action.ESCALATE and d.actor]
    escalation = (by_hand or ["policy"])[-1] if on.case.conversation.escalated else ""
    if escalation != on.watch.escalation:
        on.watch = replace(on.watch, escalation=escalation, called=(), called_at=None, all_called=False)


def _called(on: Round, there: list[str]) -> str:
    who, *others = there
    then = (
        f"after {on.rules.rota.limit} min the next one is called" if others else "nobody is called after you"
    )
    return f"{mention(who)}: you are on call, and this is escalated. Press Take; {then}"


def _nobody(watch: Watch) -> str:
    if watch.called:
        return "Everybody on call was called, and nobody has taken this"
    return "Nobody is on call now: whoever sees this, press Take"


async def keep_promises(on: Round) -> None:
    """Log what was promised, and tell whoever has it when that is nearly due, and when it is late."""
    found = clocks(on.case, on.rules.targets_of(on.case))
    if not found:
        return
    known = {(p.kind, p.started_at): p for p in await on.tx.promises.of(on.case.conversation.id)}
    for clock in found:
        before = known.get((clock.kind, clock.started_at))
        if before is None or before.ended_at is None:
            await _keep_promise(on, clock, before)


async def _keep_promise(on: Round, clock: Clock, before: Promise | None) -> None:
    late, near = clock.is_breached(on.now), clock.is_near(on.now)
    was_late, warned_at = (before.breached, before.warned_at) if before else (False, None)
    if clock.ended_at is None and late and not was_late:
        on.said.append(f"{_whom(on)}: the {_KINDS[clock.kind]} is late. {_for_them(on)}")
    elif clock.ended_at is None and near and not late and warned_at is None:
        on.said.append(
            f"{_whom(on)}: the {_KINDS[clock.kind]} is due in {_left(clock, on.now)}. {_for_them(on)}"
        )
    conversation = on.case.conversation
    after = Promise(
        conversation.id,
        clock.kind,
        clock.started_at,
        conversation.channel,
        on.rules.priority_of(on.case),
        clock.due_at,
        warned_at or (on.now if near else None),
        late or was_late,
        clock.ended_at,
        conversation.assignee,
    )
    if after != before:
        await on.tx.promises.put(after)
    if clock.ended_at is None:
        on.wake += [at for at in (clock.warn_at, clock.due_at and clock.due_at + _A_MOMENT) if at]


def _whom(on: Round) -> str:
    """Mention whoever should know: who has it, else who was called or is on call, and those who follow."""
    escalated = on.case.conversation.status is Status.ESCALATED
    on_call = on.watch.called[-1:] if escalated else ()
    shift = on.rules.rota.on_shift(on.now)
    responsible = (on.assignee,) if on.assignee else on_call or ((shift,) if shift else ())
    return _mentions((*responsible, *on.case.followers)) or "Nobody has this conversation"


def _for_them(on: Round) -> str:
    return "The customer waits." if on.case.unanswered else "It is not closed yet."


def _left(clock: Clock, now: datetime) -> str:
    minutes = max(1, round(((clock.due_at or now) - now).total_seconds() / 60))
    return f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"


def _mentions(people: tuple[str, ...]) -> str:
    return ", ".join(dict.fromkeys(mention(who) for who in people))


async def answer_at_once(on: Round) -> None:
    """Have the customer told, once, what happens next: where a person has to answer, and may not for a while."""
    channel, address = on.case.conversation.channel, on.case.conversation.address
    hours = on.rules.hours_of(channel)
    opens = hours.opens(on.now)
    wanted = on.rules.told.get(channel, frozenset())
    escalated = Word.ESCALATED in wanted and on.case.conversation.status is Status.ESCALATED
    closed = Word.CLOSED in wanted and opens != on.now
    if not (escalated or closed) or not _may_tell(on.case, on.now):
        return
    if await _is_restored(on.tx, channel) or await on.tx.acknowledgements.told_lately(
        channel, address, on.now - _QUIET
    ):
        return
    words = acknowledgement(on.case, escalated=escalated, opens=opens if closed else None, zone=hours.zone)
    told = Acknowledgement(on.case.conversation.id, channel, address, words, DeliveryState.PENDING, on.now)
    await on.tx.acknowledgements.add(told)


async def _is_restored(tx: Transaction, channel: Channel) -> bool:
    """Tell whether nobody has looked through a channel yet since a backup was restored."""
    setting = (await tx.settings.current()).get(f"paused.{channel}")
    return setting is not None and setting.value is True and setting.actor == RESTORE


def _may_tell(case: Case, now: datetime) -> bool:
    """Tell whether a person has just written who is who they say, and waits for a person of ours."""
    asked = case.unanswered
    in_shadow = any(r.code == "shadow" for d in case.decisions for r in d.reasons)
    by_a_person = bool(asked) and _is_news(asked[-1], now) and case.doubted is None
    waits = case.conversation.status in (Status.WAITING, Status.ESCALATED) and case.merged_into is None
    return waits and by_a_person and not case.opted_out and not in_shadow


def _is_news(message: Message, now: datetime) -> bool:
    by_a_person = message.sender is Sender.CUSTOMER and not message.automatic
    return by_a_person and now - message.created_at <= _NEWS


STEPS = (heed_words, release, give, call, keep_promises, answer_at_once)
