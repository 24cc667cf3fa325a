"""Redrafting: an agent wants another draft, shorter or in another language, or rejects the one there is."""

from bot.core.errors import InvalidInput, Rejected
from bot.core.model import Action, Actor, Case, Decision, Draft, Proposal, Reason, Status, new_id
from bot.core.policy import POLICY_VERSION, RulesByChannel
from bot.core.ports.answering import UNHEEDED, Answerer
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Transaction
from bot.core.text import is_blank
from bot.services.checking import check_newest, load
from bot.services.controls import rules_for
from bot.services.drafting import propose
from bot.services.recording import audit_decision, disapprove
from bot.services.transitions import move, note_event

MAX_HINT = 300
_OURS = (Status.WAITING, Status.ESCALATED, Status.HELD, Status.UNDELIVERED)


class Redrafting:
    """Writes drafts anew, and takes rejections."""

    def __init__(
        self, database: Database, answerer: Answerer, clock: Clock, defaults: RulesByChannel
    ) -> None:
        self._database = database
        self._answerer = answerer
        self._clock = clock
        self._defaults = defaults

    async def again(self, conversation_id: str, turn: int, hint: str, actor: Actor) -> None:
        """Write the draft of the newest turn anew, as `hint` says; a person sends it or not.

        Raises:
            InvalidInput: no hint, or one that is too long.
            Rejected: whoever writes here cannot do this, or there is nothing to draft; the old draft stays.
            Superseded: the customer wrote again after `turn`.
        """
        hint = " ".join(hint.split())
        if is_blank(hint) or len(hint) > MAX_HINT:
            raise InvalidInput(
                f"Say in at most {MAX_HINT} characters what should be different.", field="hint"
            )
        async with self._database.snapshot() as tx:
            case = await load(tx, conversation_id)
            _check_open(case, turn)
            rules = rules_for(case.conversation.channel, self._defaults, await tx.settings.current())
        proposal = await propose(self._answerer, case, rules, wish=hint)
        _check_better(case, proposal)
        async with self._database.transaction() as tx:
            fresh = await load(tx, conversation_id)
            _check_open(fresh, turn)
            reason = Reason("redrafted", f"Drafted anew by an agent: {hint}")
            await self._propose(tx, fresh, proposal, reason, actor)
            await note_event(
                tx, conversation_id, f"<@{actor.id}> had the draft written anew: {hint}", self._clock()
            )

    async def reject(self, conversation_id: str, turn: int, why: str, actor: Actor) -> None:
        """Take a draft away that nobody should send; the conversation waits for an answer in other words.

        Raises:
            InvalidInput: no reason.
            Rejected: there is no draft.
            Superseded: the customer wrote again after `turn`.
        """
        why = " ".join(why.split())
        if is_blank(why) or len(why) > MAX_HINT:
            raise InvalidInput(f"Say in at most {MAX_HINT} characters what is wrong with it.", field="why")
        async with self._database.transaction() as tx:
            case = await load(tx, conversation_id)
            _check_open(case, turn)
            if case.current_draft is None or not case.current_draft.proposal.text:
                raise Rejected("There is no draft to reject (any more).")
            await disapprove(tx, case, "rejected", self._clock())
            nothing = Proposal(text="", confidence=0.0, author=actor.id)
            await self._propose(tx, case, nothing, Reason("rejected", f"Draft rejected: {why}"), actor)
            await note_event(tx, conversation_id, f"<@{actor.id}> rejected the draft: {why}", self._clock())

    async def _propose(
        self, tx: Transaction, case: Case, proposal: Proposal, reason: Reason, actor: Actor
    ) -> None:
        """Put a new version in the place of the draft, for people to decide about."""
        now, talk, before = self._clock(), case.conversation, case.current_draft
        version = before.version + 1 if before is not None else 1
        draft = Draft(new_id(), talk.id, talk.turn, version, proposal, now)
        decision = Decision(
            id=new_id(),
            conversation_id=talk.id,
            turn=talk.turn,
            draft_id=draft.id,
            action=Action.ESCALATE if talk.status is Status.ESCALATED else Action.REVIEW,
            reasons=(reason,),
            threshold=0.0,
            policy_version=POLICY_VERSION,
            created_at=now,
            actor=actor.id,
        )
        await tx.drafts.add(draft)
        await audit_decision(tx, decision)
        await tx.decisions.add(decision)
        await move(tx, talk, Status.ESCALATED if talk.status is Status.ESCALATED else Status.WAITING, now)


def _check_open(case: Case, turn: int) -> None:
    check_newest(case, turn)
    if case.conversation.status not in _OURS:
        raise Rejected("Nothing waits for an answer here. The card shows how things stand.")


def _check_better(case: Case, proposal: Proposal) -> None:
    """Refuse what is not what the agent asked for."""
    for flag in proposal.flags:
        if flag.name == UNHEEDED:
            raise Rejected(flag.text)
    if not proposal.text:
        raise Rejected("Nothing better was found to say. Press Edit, or Reply to write it yourself.")
    before = case.current_draft
    if before is not None and before.proposal.text == proposal.text:
        raise Rejected("It came out the same. Press Edit to change it yourself.")
