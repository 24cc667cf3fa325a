"""Drafting: see who asks, propose an answer for the newest turn, and let the policy decide, in one transaction."""

from dataclasses import replace
from datetime import timedelta

from bot.core import policy, speech
from bot.core.assessing import assess, propensity
from bot.core.identity import may_be_told, name_for, used_in
from bot.core.model import (
    Action,
    AnsweredBy,
    Case,
    Customer,
    Decision,
    DeliveryState,
    Draft,
    Flag,
    Proposal,
    Rules,
    Sender,
    Status,
    by_people,
    new_id,
)
from bot.core.ports.answering import Answerer, Question
from bot.core.ports.engine import Clock, Lane
from bot.core.ports.storage import Database, Transaction
from bot.core.ports.tally import Counted, Tally, uncounted
from bot.core.ports.tracing import Tracer, untraced
from bot.core.replay import inputs_of
from bot.services.controls import recalibration, rules_for
from bot.services.experiments import Trial, trial_of
from bot.services.identify import Identify
from bot.services.recording import audit_decision, delivery_of
from bot.services.transitions import STATUS_AFTER, move

_HISTORY = 10
_FEW_WORDS = 2  # “ok”, “thats it”, and what a cat types; of what is longer the answer may be meant.
_NO_DRAFT = Proposal(text="", confidence=0.0)


class Drafting:
    """Turns unanswered messages into a draft and a decision."""

    def __init__(
        self,
        database: Database,
        identify: Identify,
        answerer: Answerer,
        clock: Clock,
        defaults: policy.RulesByChannel,
        tally: Tally = uncounted,
        trace: Tracer = untraced,
    ) -> None:
        self._database = database
        self._identify = identify
        self._answerer = answerer
        self._clock = clock
        self._defaults = defaults
        self._tally = tally
        self._trace = trace

    async def draft(self, case: Case) -> Case | None:
        """Write and decide; return the case as it is then.

        The work is dropped, for None, when the customer wrote again or somebody else was faster.
        """
        key = case.conversation.id
        with self._trace("identify", key):
            customer = await self._identify.who(case)
        with self._trace("answer", key) as span:
            proposal, trial = await self._propose(replace(case, customer=customer))
            span.tell(confidence=round(proposal.confidence, 3), sources=len(proposal.sources))
        with self._trace("decide", key) as span:
            decided = await self._decide_on(case, customer, proposal, trial)
            if decided is not None:
                span.tell(action=decided.decisions[-1].action, confidence=_sure(decided))
        if decided is not None:
            self._tally(Counted.DECIDED, decided.decisions[-1].action)
        return decided

    async def _decide_on(
        self, case: Case, customer: Customer, proposal: Proposal, trial: Trial
    ) -> Case | None:
        async with self._database.transaction() as tx:
            fresh = await tx.conversations.case(case.conversation.id, known=case)
            if fresh is None or not _still_wanted(fresh, case.conversation.turn):
                return None
            if fresh.customer != case.customer:
                customer = fresh.customer  # What came meanwhile is newer.
            elif customer != case.customer:
                await tx.customers.update(customer)
            fresh = replace(fresh, customer=customer)
            current = await tx.settings.current()
            rules = trial.rules_of(rules_for(fresh.conversation.channel, self._defaults, current))
            learned = replace(proposal, confidence=recalibration(current)(proposal.confidence))
            draft = self._as_draft(fresh, learned)
            return await self._decide(tx, fresh, draft, rules, proposal.confidence, trial.variant)

    async def _propose(self, case: Case) -> tuple[Proposal, Trial]:
        async with self._database.snapshot() as tx:
            current = await tx.settings.current()
        trial = trial_of(case.conversation, current)
        rules = trial.rules_of(rules_for(case.conversation.channel, self._defaults, current))
        return await propose(self._answerer, case, rules), trial

    def _as_draft(self, case: Case, proposal: Proposal) -> Draft:
        return Draft(
            id=new_id(),
            conversation_id=case.conversation.id,
            turn=case.conversation.turn,
            version=1,
            proposal=proposal,
            created_at=self._clock(),
        )

    async def _decide(
        self, tx: Transaction, case: Case, draft: Draft, rules: Rules, confidence: float, variant: str
    ) -> Case:
        outcome = policy.decide(case, draft, rules)
        now = self._clock()
        decision = Decision(
            id=new_id(),
            conversation_id=case.conversation.id,
            turn=draft.turn,
            draft_id=draft.id,
            action=outcome.action,
            reasons=outcome.reasons,
            threshold=rules.threshold_of(draft.proposal),
            policy_version=policy.POLICY_VERSION,
            created_at=now,
            variant=variant,
        )
        await tx.drafts.add(draft)
        await audit_decision(
            tx,
            decision,
            confidence=draft.proposal.confidence,
            propensity=propensity(outcome, rules),
            inputs=inputs_of(case, rules),
            **({"variant": variant} if variant else {}),
        )
        await tx.decisions.add(decision)
        if assessed := assess(case.conversation.channel, draft, outcome, rules, confidence):
            await tx.assessments.add(assessed)
        case = replace(case, draft=draft, decisions=(decision,), verdict=None)
        if outcome.action is Action.SEND:
            case = await _send(tx, case, decision, draft, rules)
        escalated = case.conversation.escalated or outcome.action is Action.ESCALATE
        moved = await move(
            tx, case.conversation, STATUS_AFTER[outcome.action], now, escalated=escalated, identified=True
        )
        return replace(case, conversation=moved)


async def propose(answerer: Answerer, case: Case, rules: Rules, *, wish: str = "") -> Proposal:
    """Let the engine propose an answer to what is unanswered; nothing where nothing is to be answered.

    `wish` is what an agent wants to be different.
    """
    if policy.unanswerable(case, rules):
        return _NO_DRAFT
    if case.doubted is not None:
        # Whoever may not be who they say gets nothing of what we know about the customer they name.
        case = replace(case, customer=case.customer.as_a_stranger())
    words = speech.heard(case.unanswered)
    asked = _question(case, words.texts)
    embedded = rules.answerer is AnsweredBy.EMBEDDED
    question = replace(asked, wish=wish, style=rules.style, embedded=embedded)
    proposal = speech.doubted(await answerer.answer(question), words.certainty)
    proposal = replace(proposal, facts=used_in(proposal.text, question.facts))
    return replace(proposal, flags=(*proposal.flags, *_repeated(proposal.text, case)))


def _repeated(text: str, case: Case) -> tuple[Flag, ...]:
    """Say that a mere “ok” would get the very answer that the customer has; whoever asks again is told again."""
    had = {one.text.strip() for one in case.deliveries if one.state is DeliveryState.SENT}
    if text.strip() not in had or not all(_says_little(one.content) for one in case.unanswered):
        return ()
    return (Flag("repeated", "The customer has this very answer already"),)


def _says_little(text: str) -> bool:
    return len(text.split()) <= _FEW_WORDS and "?" not in text


def _sure(case: Case) -> float:
    return round(case.draft.proposal.confidence, 3) if case.draft is not None else 0.0


async def _send(tx: Transaction, case: Case, decision: Decision, draft: Draft, rules: Rules) -> Case:
    """Put the answer into the ledger; where it can be stopped, wake up again when it is due."""
    due_at = decision.created_at + timedelta(seconds=rules.undo) if rules.undo else None
    delivery = delivery_of(case, decision, draft.proposal.text, Sender.AI, due_at)
    await tx.deliveries.add(delivery)
    if due_at is not None:
        await tx.defer(Lane.ADVANCE, case.conversation.id, due_at)
    return replace(case, deliveries=(*case.deliveries, delivery))


def _still_wanted(fresh: Case, turn: int) -> bool:
    """Tell whether nobody wrote, answered or closed the matter while the draft was being written."""
    conversation = fresh.conversation
    return (
        conversation.turn == turn
        and fresh.current_draft is None
        and conversation.status is not Status.RESOLVED
    )


def _question(case: Case, texts: tuple[str, ...]) -> Question:
    asked = case.unanswered
    # Nor of what was said before.
    first = asked[0].seq if asked and case.doubted is None else 0
    return Question(
        texts=texts,
        channel=case.conversation.channel,
        subject=str(asked[-1].metadata.get("subject", "")) if asked else "",
        customer_name=name_for(case),
        facts=may_be_told(case),
        history=tuple((m.sender, m.content) for m in by_people(case.messages) if m.seq < first)[-_HISTORY:],
    )
