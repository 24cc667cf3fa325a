"""Random weeks at a support desk, as rows: everything that can happen to a conversation, in any order."""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from sqlalchemy import insert

from bot.core.model import (
    Action,
    Channel,
    Conversation,
    Customer,
    Decision,
    Delivery,
    DeliveryState,
    Draft,
    Message,
    Proposal,
    Rating,
    Reason,
    Sender,
    Source,
    Status,
    Verdict,
)
from bot.core.priority import Priority
from bot.core.teamwork.sla import Kind
from bot.core.teamwork.state import Promise
from storage import tables
from storage.database import SqlDatabase
from storage.rows import row_of
from storage.tables import promises
from tests.builders import AT, stable_id

NOW = AT + timedelta(days=20)
AGENTS = ("UKIM", "URIVERA", "UMORGAN")
WORDS = "your parcel left our house today and will be with you soon please wait for it at home".split()
SECONDS = (1, 4, 40, 700, 5_000, 40_000, 200_000, 300_000, 800_000)


@dataclass
class Week:
    """What happened, as the tables have it; `resolved` are (conversation, moment)."""

    customers: list[Customer] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    ratings: list[Rating] = field(default_factory=list)
    resolved: list[tuple] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)


def random_week(seed: int, number: int) -> Week:
    """Return a week with so many conversations; some customers have several."""
    random, week = Random(seed), Week()
    for n in range(max(1, number // 2)):
        channel = random.choice(list(Channel))
        week.customers.append(Customer(stable_id(seed, "customer", n), channel, f"c{n}@customer.example"))
    for n in range(number):
        _Talk(random, week, stable_id(seed, "talk", n), random.choice(week.customers)).play()
    return week


class _Talk:
    def __init__(self, random, week, identity, customer):
        self.random, self.week, self.id, self.customer = random, week, identity, customer
        self.begun = self.now = AT + timedelta(seconds=random.randrange(18 * 86_400))
        self.turn = self.seq = 0
        self.escalated = False
        self.waits = True

    def play(self):
        for _ in range(self.random.choice((1, 1, 1, 2, 3, 5))):
            self._customer_writes()
            if self.random.random() < 0.85:
                self._decide()
            if self.random.random() < 0.15:
                self._resolve()
            self._pass()
        for kind in self.random.sample(list(Kind), self.random.randint(0, 3)):
            self._promise(kind)
        if self.random.random() < 0.3:
            self.week.ratings.append(Rating(self.id, self.random.randint(1, 5), "", self.now))
        assignee = self.random.choice(AGENTS) if self.random.random() < 0.15 else None
        status = self.random.choice(list(Status))
        self.week.conversations.append(
            Conversation(
                id=self.id,
                customer_id=self.customer.id,
                channel=self.customer.channel,
                address=self.customer.address,
                status=status,
                created_at=self.begun,
                updated_at=self.now,
                subject=f"About {self.id[:4]}",
                turn=self.turn,
                assignee=assignee,
                escalated=self.escalated,
                snoozed_until=NOW + timedelta(days=1) if self.random.random() < 0.2 else None,
                version=self.random.randint(0, 9),
            )
        )

    def _promise(self, kind):
        due = self.begun + timedelta(seconds=self.random.choice(SECONDS))
        self.week.promises.append(
            Promise(
                conversation_id=self.id,
                kind=kind,
                started_at=self.begun,
                channel=self.customer.channel,
                priority=self.random.choice(list(Priority)),
                due_at=self.random.choice((due, due, None)),
                warned_at=self.random.choice((due, None)),
                breached=self.random.random() < 0.3,
                ended_at=self.random.choice((self.now, None)),
                assignee=self.random.choice((*AGENTS, None)),
            )
        )

    def _pass(self):
        self.now += timedelta(seconds=self.random.choice(SECONDS) * self.random.uniform(0.5, 1.5))

    def _say(self, sender, content, author="", **metadata):
        self.seq += 1
        identity = stable_id(self.id, "message", self.seq)
        said = Message(
            identity, self.id, self.seq, self.turn, sender, content, self.now, identity, author, metadata
        )
        self.week.messages.append(said)

    def _customer_writes(self):
        kind = self.random.random()
        if kind < 0.1:
            self.turn = max(1, self.turn)
            return self._say(Sender.CUSTOMER, "I am away", automatic="out of office")
        self.turn += 1
        self._say(Sender.CUSTOMER, "Thank you!" if kind < 0.25 else "Where is my parcel?")
        if self.random.random() < 0.2:
            self._pass()
            self.turn += 1
            self._say(Sender.CUSTOMER, "Are you there?")
        return None

    def _draft(self, version, text, author="embedded"):
        sources = (Source(1, self.random.choice(("delivery", "returns")), "Title", ""),)
        proposal = Proposal(text, round(self.random.random(), 4), sources, author=author)
        identity = stable_id(self.id, "draft", self.turn, version)
        if any(d.id == identity for d in self.week.drafts):
            return None
        draft = Draft(identity, self.id, self.turn, version, proposal, self.now)
        self.week.drafts.append(draft)
        return draft

    def _decided(self, draft, action, code, actor=None):
        n = len(self.week.decisions)
        reasons = (Reason(code, code),)
        decision = Decision(
            stable_id(self.id, "decision", n),
            self.id,
            self.turn,
            draft.id,
            action,
            reasons,
            0.9,
            "1",
            self.now,
            actor,
        )
        self.week.decisions.append(decision)
        return decision

    def _decide(self):
        draft = self._draft(1, " ".join(self.random.sample(WORDS, 8)) if self.random.random() < 0.9 else "")
        if draft is None:
            return
        self.now += timedelta(seconds=2)
        action = self.random.choice((Action.SEND, Action.SEND, Action.REVIEW, Action.REVIEW, *Action))
        decided = self._decided(
            draft, action, self.random.choice(("sure", "assist", "no_answer", "wants_human"))
        )
        if action is Action.SEND:
            self._send(decided, draft.proposal.text, Sender.AI, "")
        elif action is Action.ESCALATE:
            self.escalated = self.random.random() < 0.5
        if action is not Action.SEND and self.random.random() < 0.8:
            self._pass()
            self._by_hand(draft)
        elif self.random.random() < 0.4:
            self.week.verdicts.append(Verdict(draft.id, self.random.random() < 0.7, "UKIM", self.now))

    def _by_hand(self, draft):
        agent, kind = (
            self.random.choice(AGENTS),
            self.random.choice(("approved", "edited", "own", "escalate")),
        )
        if kind == "escalate":
            self._decided(draft, Action.ESCALATE, "by_hand", agent)
            return
        text = draft.proposal.text
        if kind == "edited":
            words = text.split()
            changed = " ".join([self.random.choice((word, "changed")) for word in words] + ["Regards"])
            text = text if int(draft.id, 16) % 4 == 0 else changed  # Some are opened and sent as they were.
        if kind == "own":
            text = "My own words"
            draft = self._draft(2, text, agent)
        self._send(self._decided(draft, Action.SEND, kind, agent), text, Sender.AGENT, agent)

    def _send(self, decision, text, sender, author):
        state = self.random.choice((*[DeliveryState.SENT] * 12, *DeliveryState))
        if sender is Sender.AI and self.random.random() < 0.05:
            author = self.random.choice(AGENTS)  # Somebody sent it again.
        self.now += timedelta(seconds=self.random.choice(SECONDS[:4]))
        delivery = Delivery(
            id=stable_id(decision.id, "delivery"),
            conversation_id=self.id,
            turn=self.turn,
            decision_id=decision.id,
            draft_id=decision.draft_id,
            channel=self.customer.channel,
            address=self.customer.address,
            text=text,
            sender=sender,
            author=author,
            state=state,
            created_at=self.now,
            updated_at=self.now,
        )
        self.week.deliveries.append(delivery)
        if state in (DeliveryState.SENT, DeliveryState.BOUNCED):
            self._say(sender, text, author, delivery=delivery.id)

    def _resolve(self):
        self.now += timedelta(seconds=5)
        self.week.resolved.append((self.id, self.now))


async def store(database: SqlDatabase, week: Week) -> None:
    """Put a week into the tables."""
    channels = {one.id: one.channel for one in week.conversations}
    async with database.transaction() as tx:

        async def put(table, rows):
            if rows:
                await tx.connection.execute(insert(table), rows)

        await put(tables.customers, [row_of(one) for one in week.customers])
        await put(tables.conversations, [row_of(one) for one in week.conversations])
        await put(
            tables.messages, [row_of(m) | {"channel": channels[m.conversation_id]} for m in week.messages]
        )
        await put(tables.drafts, [row_of(one) for one in week.drafts])
        for table, values in ((tables.decisions, week.decisions), (tables.deliveries, week.deliveries)):
            await put(table, [row_of(one) | {"position": n} for n, one in enumerate(values)])
        await put(tables.verdicts, [row_of(one) for one in week.verdicts])
        await put(tables.ratings, [row_of(one) for one in week.ratings])
        await put(promises, [row_of(one) for one in week.promises])
        for conversation_id, at in sorted(week.resolved, key=lambda pair: pair[1]):
            await tx.audit.append(at=at, actor="UKIM", action="resolve", subject=conversation_id, payload={})
