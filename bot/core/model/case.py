"""Everything about one conversation."""

from dataclasses import dataclass
from itertools import takewhile

from bot.core.model.conversation import Conversation, Event, Status
from bot.core.model.customer import Customer
from bot.core.model.decision import Decision, Verdict
from bot.core.model.delivery import Delivery
from bot.core.model.draft import Draft
from bot.core.model.message import Message, Note, Sender, by_people
from bot.core.model.rating import Rating
from bot.core.model.record import Ref
from bot.core.priority import Pressing, Priority


@dataclass(frozen=True)
class Case:
    """Everything about one conversation at one moment: what steps, policy and cards are functions of.

    `draft` is the newest draft, `decisions` are those on it (oldest first), `deliveries` all of the conversation.
    `unseen` says that a chat customer left before they got the newest answer. `earlier` counts the customer's other
    conversations, `chasing` those of the last 7 days that still wait for an answer of ours, `answered_lately` the
    automatic answers of the last hour to this address. `opted_out` says that text messages to this number were
    stopped by whoever has it, `blocked` that nothing of this sender is answered. `merged_into` is the conversation in
    which this one goes on. `records` are where the conversation stands in record systems, and what could not be
    written there. `priority` is what an agent has said; `followers` want to hear of it.
    `pressing` and `writers`, the agents who have a window for an answer open, are known where a case is shown.
    """

    conversation: Conversation
    customer: Customer
    messages: tuple[Message, ...]
    notes: tuple[Note, ...] = ()
    events: tuple[Event, ...] = ()
    draft: Draft | None = None
    decisions: tuple[Decision, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    verdict: Verdict | None = None
    unseen: bool = False
    rating: Rating | None = None
    earlier: int = 0
    chasing: int = 0
    answered_lately: int = 0
    opted_out: bool = False
    blocked: bool = False
    merged_into: str | None = None
    records: tuple[Ref, ...] = ()
    priority: Priority | None = None
    followers: tuple[str, ...] = ()
    pressing: Pressing | None = None
    writers: tuple[str, ...] = ()

    @property
    def owner(self) -> str | None:
        """Whoever has it; nobody once they have escalated it: that hands it on, until they take it."""
        agent = self.conversation.assignee
        on, back = f"Escalated by <@{agent}>", f"Taken by <@{agent}>"
        last = next((e.text for e in reversed(self.events) if e.text.startswith((on, back))), "")
        return None if self.conversation.status is Status.ESCALATED and last.startswith(on) else agent

    @property
    def unanswered(self) -> tuple[Message, ...]:
        """The customer's messages of turns after the last answered one, oldest first.

        Turns, not order of arrival, tell: what arrives while an answer is on its way is not answered by it.
        """
        answered = max((m.turn for m in self.messages if m.sender is not Sender.CUSTOMER), default=0)
        return by_people(m for m in self.messages if m.sender is Sender.CUSTOMER and m.turn > answered)

    @property
    def newest_inbound(self) -> Message | None:
        """The customer's newest message."""
        return next(reversed(by_people(m for m in self.messages if m.sender is Sender.CUSTOMER)), None)

    @property
    def in_a_row(self) -> int:
        """How many answers went out by themselves since a person last wrote for us."""
        ours = [m for m in reversed(self.messages) if m.sender is not Sender.CUSTOMER]
        by_itself = (m.sender is Sender.AI and not m.author for m in ours)
        return sum(1 for _ in takewhile(bool, by_itself))

    @property
    def doubted(self) -> Message | None:
        """The newest of the unanswered messages whose sender was found to be somebody else."""
        return next((m for m in reversed(self.unanswered) if m.sender_check == "fail"), None)

    @property
    def current_draft(self) -> Draft | None:
        """The draft of the current turn, or None when it is still to be written."""
        draft = self.draft
        return draft if draft is not None and draft.turn == self.conversation.turn else None

    @property
    def decision(self) -> Decision | None:
        """The newest decision on the current draft."""
        draft = self.current_draft
        made = [d for d in self.decisions if draft is not None and d.draft_id == draft.id]
        return made[-1] if made else None

    @property
    def delivery(self) -> Delivery | None:
        """The newest row of the send ledger."""
        return self.deliveries[-1] if self.deliveries else None

    @property
    def on_its_way(self) -> Delivery | None:
        """The oldest row of the send ledger that is not settled: answers leave in order."""
        return next((d for d in self.deliveries if d.is_on_its_way), None)
