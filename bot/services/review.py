"""Review: what agents decide about drafts. Each decision is committed here; the engine carries it out."""

from dataclasses import replace
from hashlib import sha256

from bot.core.assessing import is_small_edit
from bot.core.errors import AlreadyDecided, InvalidInput, Superseded
from bot.core.model import (
    Action,
    Actor,
    Case,
    Decision,
    Delivery,
    DeliveryState,
    Draft,
    Proposal,
    Reason,
    Sender,
    Status,
    Verdict,
    new_id,
)
from bot.core.participants import in_copy
from bot.core.policy import POLICY_VERSION, RulesByChannel
from bot.core.ports.engine import Clock, Lane
from bot.core.ports.storage import Database, Transaction
from bot.core.ports.tracing import Tracer, untraced
from bot.services.checking import check_answer, check_newest, check_owner, load, load_delivery, load_draft
from bot.services.controls import rules_for
from bot.services.delivery import Deliveries
from bot.services.outcomes import record_sent
from bot.services.recording import audit_decision, delivery_of, disapprove
from bot.services.refusals import (
    SENT_AGAIN,
    STOPPED,
    WENT_OUT,
    check_not_said,
    not_stopped,
    replaced,
    taken_back,
    too_late,
    waits,
    who_settled,
)
from bot.services.suggesting import suggest
from bot.services.transitions import move, note_event
from bot.services.withdrawing import cancel_pending, hand_to_agent

_TAKEN = Reason("taken", "An agent has this conversation")
_UNSETTLED = (DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.BOUNCED)


class Review:
    """Approve, edit, take, resolve, judge and settle."""

    def __init__(
        self,
        database: Database,
        deliveries: Deliveries,
        clock: Clock,
        defaults: RulesByChannel,
        trace: Tracer = untraced,
    ) -> None:
        self._database = database
        self._trace = trace
        self._deliveries = deliveries
        self._clock = clock
        self._defaults = defaults

    async def case(self, conversation_id: str) -> Case:
        """Return the newest state of a conversation."""
        async with self._database.snapshot() as tx:
            return await load(tx, conversation_id)

    async def approve(self, draft_id: str, actor: Actor, *, over: str = "") -> None:
        """Send a draft as it is; what a colleague has is only sent `over` them, by their id.

        Raises:
            Owned: a colleague has the conversation, another one than that.
            AlreadyDecided: it was sent before, by the person or policy named in the error.
            InvalidInput: there is nothing to send, or the customer has these very words already.
            Superseded: the customer wrote again, or a newer draft exists.
        """
        async with self._database.transaction() as tx:
            draft = await load_draft(tx, draft_id)
            case = await load(tx, draft.conversation_id)
            if not draft.proposal.text:
                raise InvalidInput("There is no draft to send. Press Reply to write an answer.")
            draft = await self._still_mine(tx, case, draft)
            check_owner(case, actor, over=over)
            approved = Reason("approved", "Approved")
            await self._send(tx, case, draft, draft.proposal.text, actor, approved, in_copy(case))
            await tx.assessments.judge(draft_id, right=True, verdict="approved", at=self._clock())

    async def send_own(
        self,
        conversation_id: str,
        turn: int,
        text: str,
        actor: Actor,
        draft_id: str | None,
        *,
        key: str,
        copies: bool = True,
    ) -> None:
        """Send an agent's words: an edited draft, or with `draft_id` None an answer of their own.

        `turn` is the one the agent had in view; `key` names the window they wrote in, so that a submission that
        Slack delivers twice is one. With `copies` whom the customer had in copy gets one.

        Raises:
            InvalidInput: the text is empty or longer than MAX_ANSWER characters, or the customer has it already.
            AlreadyDecided, Superseded: as for `approve`.
        """
        check_answer(text)
        async with self._database.transaction() as tx:
            case = await load(tx, conversation_id)
            check_newest(case, turn)
            draft = await load_draft(tx, draft_id) if draft_id is not None else None
            if draft is not None and draft.turn == turn:
                draft = await self._edited(tx, case, draft, text, actor)
                reason = Reason("edited", "Edited")
            else:
                await disapprove(tx, case, "own_words", self._clock())
                draft, reason = await self._own_draft(tx, case, text, actor, key), Reason("own", "Own words")
                await suggest(tx, case, draft.id, text, actor, self._clock())
            cc = in_copy(case) if copies else ()
            await self._send(tx, case, draft, text.strip(), actor, reason, cc)

    async def take(self, conversation_id: str, actor: Actor, *, over: bool = False) -> str:
        """Make the actor responsible; automatic answers stop for this conversation.

        Return who else had it until now, "" for nobody: who has it is only taken `over` knowingly.

        Raises:
            AlreadyDecided: somebody else has it.
        """
        async with self._database.transaction() as tx:
            case = await load(tx, conversation_id)
            conversation = case.conversation
            before = conversation.assignee if conversation.assignee != actor.id else None
            if case.owner == actor.id:
                return ""
            if case.owner and not over:
                said = (
                    f"<@{before}> was first and has this. Press Take over on the card if it should be yours."
                )
                raise AlreadyDecided(said, winner=before)
            now = self._clock()
            await tx.audit.append(
                at=now,
                actor=actor.id,
                action="take",
                subject=conversation_id,
                payload={"from": before},
            )
            had_it = f", <@{before}> had it before" if before else ""
            await note_event(tx, conversation_id, f"Taken by <@{actor.id}>{had_it}", now)
            await move(tx, conversation, conversation.status, now, assignee=actor.id)
            pending = case.on_its_way
            if pending is not None and pending.unattended:
                await hand_to_agent(tx, case, pending, _TAKEN, now)
        return before or ""

    async def stop(self, delivery_id: str, actor: Actor) -> None:
        """Keep an automatic answer from leaving while it waits for its time; its draft waits for an agent then.

        Raises:
            AlreadyDecided: somebody has stopped it before, or it has left.
            Superseded: it was taken back for another reason.
        """
        async with self._database.transaction() as tx:
            delivery = await load_delivery(tx, delivery_id)
            case = await load(tx, delivery.conversation_id)
            stopped = delivery.unattended and await hand_to_agent(
                tx, case, delivery, STOPPED, self._clock(), actor
            )
            if not stopped:
                raise not_stopped(case, delivery)

    async def resolve(self, conversation_id: str, turn: int, actor: Actor, *, over: str = "") -> None:
        """Close the matter; it opens again when the customer writes. What a colleague has is closed `over` them.

        Raises:
            Owned: a colleague has the conversation, another one than that.
            Superseded: the customer wrote again after `turn`, the one the actor had in view.
        """
        async with self._database.transaction() as tx:
            case = await load(tx, conversation_id)
            if case.conversation.status is Status.RESOLVED:
                return
            check_newest(case, turn)
            check_owner(case, actor, over=over)
            now = self._clock()
            await cancel_pending(tx, case, now)
            await tx.audit.append(
                at=now, actor=actor.id, action="resolve", subject=conversation_id, payload={}
            )
            await note_event(tx, conversation_id, f"Resolved by <@{actor.id}>", now)
            await move(tx, case.conversation, Status.RESOLVED, now, escalated=False)

    async def judge(self, draft_id: str, good: bool, actor: Actor) -> None:
        """Say whether an answer that went out by itself was good; the newest word counts."""
        async with self._database.transaction() as tx:
            draft = await load_draft(tx, draft_id)
            case, now = await load(tx, draft.conversation_id), self._clock()
            conversation, verdict = case.conversation, case.verdict
            if verdict and (verdict.draft_id, verdict.good, verdict.actor) == (draft_id, good, actor.id):
                return  # Pressed twice.
            await tx.audit.append(
                at=now,
                actor=actor.id,
                action="judge",
                subject=draft.conversation_id,
                payload={"draft": draft_id, "good": good},
            )
            await tx.verdicts.set(Verdict(draft_id=draft_id, good=good, actor=actor.id, created_at=now))
            await tx.assessments.judge(draft_id, right=good, verdict="good" if good else "wrong", at=now)
            await move(tx, conversation, conversation.status, now)

    async def settle(self, delivery_id: str, went_out: bool, actor: Actor) -> None:
        """Say what became of an answer that failed or whose outcome nobody knows: it went out, or send again."""
        async with self._database.transaction() as tx:
            delivery = await load_delivery(tx, delivery_id)
            case, now = await load(tx, delivery.conversation_id), self._clock()
            if case.delivery is None or case.delivery.id != delivery_id:
                raise Superseded("A newer answer was written since. The card shows how things stand.")
            if went_out and delivery.state is DeliveryState.BOUNCED:
                raise Superseded(f"It went out, and came back since: {delivery.error}")
            if not went_out:
                check_newest(case, delivery.turn)
            after = DeliveryState.SENT if went_out else DeliveryState.PENDING
            # Who sends an automatic answer again answers for it: no rule for unattended ones stops it then.
            author = actor.id if delivery.unattended and not went_out else ""
            name = "" if went_out else self._name_of_next(case, delivery)
            if delivery.state not in _UNSETTLED or not await tx.deliveries.move(
                delivery_id, delivery.state, after, at=now, author=author, external_id=name
            ):
                raise AlreadyDecided(who_settled(case))
            await tx.audit.append(
                at=now,
                actor=actor.id,
                action="settle",
                subject=delivery.conversation_id,
                payload={"delivery": delivery_id, "went_out": went_out},
            )
            said = WENT_OUT if went_out else SENT_AGAIN
            await note_event(tx, delivery.conversation_id, f"<@{actor.id}> {said}", now)
            if went_out:
                name = self._deliveries.external_id(case, delivery)
                await record_sent(tx, case.conversation, delivery, name, now)
            else:
                await move(tx, case.conversation, Status.WORKING, now)
                await tx.defer(Lane.ADVANCE, delivery.conversation_id)

    def _name_of_next(self, case: Case, delivery: Delivery) -> str:
        """Return what the next attempt is called where the last one is known to be lost: late news is not about it.

        Where nobody knows, the old name stays until the next claim: it may still be heard that it did arrive.
        """
        if delivery.state is DeliveryState.UNKNOWN:
            return ""
        return self._deliveries.external_id(case, replace(delivery, attempt=delivery.attempt + 1))

    async def _edited(self, tx: Transaction, case: Case, draft: Draft, text: str, actor: Actor) -> Draft:
        """Return the draft to send in these words; how far they are from it says whether it was right."""
        mine, now = await self._still_mine(tx, case, draft), self._clock()
        right = is_small_edit(mine.proposal.text, text)
        if not right:
            await suggest(tx, case, mine.id, text, actor, now)
        verdict = "small_edit" if right else "large_edit"
        await tx.assessments.judge(draft.id, right=right, verdict=verdict, at=now)
        return mine

    async def _own_draft(self, tx: Transaction, case: Case, text: str, actor: Actor, key: str) -> Draft:
        draft_id = sha256(f"{case.conversation.id}:{key}".encode()).hexdigest()[:32]
        if await tx.drafts.get(draft_id) is not None:
            raise too_late(await tx.decisions.sent(draft_id))
        proposal = Proposal(text=text.strip(), confidence=1.0, author=actor.id)
        return await self._new_version(tx, case, draft_id, proposal)

    async def _new_version(self, tx: Transaction, case: Case, draft_id: str, proposal: Proposal) -> Draft:
        newest = case.current_draft
        draft = Draft(
            id=draft_id,
            conversation_id=case.conversation.id,
            turn=case.conversation.turn,
            version=newest.version + 1 if newest is not None else 1,
            proposal=proposal,
            created_at=self._clock(),
        )
        await tx.drafts.add(draft)
        return draft

    async def _still_mine(self, tx: Transaction, case: Case, draft: Draft) -> Draft:
        """Return the draft to send: this one, or a copy when an earlier decision to send it was taken back.

        Raises:
            AlreadyDecided: it is on its way, or somebody has answered this turn in other words.
            Superseded: the customer wrote again, or the matter was closed.
        """
        earlier = await tx.decisions.sent(draft.id)
        if earlier is not None and not taken_back(case, earlier):
            raise too_late(earlier, stoppable=waits(case, earlier))
        check_newest(case, draft.turn)
        if case.conversation.status is Status.RESOLVED:
            raise Superseded("This conversation was resolved. Press Reply to write all the same.")
        newest = case.current_draft
        if newest is not None and newest.id != draft.id:
            raise replaced(case, await tx.decisions.sent(newest.id))
        if earlier is not None:
            return await self._new_version(tx, case, new_id(), draft.proposal)
        return draft

    async def _send(
        self,
        tx: Transaction,
        case: Case,
        draft: Draft,
        text: str,
        actor: Actor,
        reason: Reason,
        cc: tuple[str, ...],
    ) -> None:
        check_not_said(case, draft.turn, text)
        rules = rules_for(case.conversation.channel, self._defaults, await tx.settings.current())
        decision = Decision(
            id=new_id(),
            conversation_id=case.conversation.id,
            turn=draft.turn,
            draft_id=draft.id,
            action=Action.SEND,
            reasons=(reason,),
            threshold=rules.auto_above,
            policy_version=POLICY_VERSION,
            created_at=self._clock(),
            actor=actor.id,
        )
        await audit_decision(tx, decision, text=text)
        if not await tx.decisions.add(decision):
            raise too_late(await tx.decisions.sent(draft.id))
        await cancel_pending(tx, case, decision.created_at)
        await tx.deliveries.add(delivery_of(case, decision, text, Sender.AGENT, cc=cc))
        await move(tx, case.conversation, Status.WORKING, decision.created_at)
        await tx.defer(Lane.ADVANCE, case.conversation.id)
        with self._trace("approval", case.conversation.id, since=draft.created_at, reason=reason.code):
            pass  # It is over: whoever follows the conversation sees for how long it waited for a person.
