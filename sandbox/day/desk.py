"""What waits in Slack: which card is about which question, and which one an agent should take next."""

from collections.abc import Iterator, Sequence

from sandbox.day.agents import Job, needed
from sandbox.day.cards import Card
from sandbox.day.pace import Pace
from sandbox.day.talk import Talk
from sandbox.slack.directory import BOT, SUPPORT_CHANNELS
from sandbox.slack.workspace import Workspace

_TRIES = 3


class Desk:
    def __init__(self, workspace: Workspace, talks: Sequence[Talk], pace: Pace) -> None:
        self._workspace, self._talks, self.pace = workspace, talks, pace
        self._earlier: frozenset[tuple[str, str]] = frozenset()
        self._earlier = frozenset(card.place for card in self._cards())
        self._known: dict[tuple[str, str], Talk] = {}
        self._handled: dict[tuple[str, str], str] = {}
        self._in_hand: set[tuple[str, str]] = set()

    def look(self) -> None:
        """Find the cards of new questions, and note which were escalated."""
        for card in self._cards():
            if card.place not in self._known:
                self._meet(card)
            talk = self._known.get(card.place)
            if talk is not None and card.is_escalated and not talk.escalated_by_agent:
                talk.escalated_by_policy = True

    def next_job(self, user: str) -> Job | None:
        """Hand out the oldest card that needs somebody; it comes again only once it offers something else.

        Whoever has taken a conversation closes it.
        """
        for card in self._cards():
            talk = self._known.get(card.place)
            if talk is None or card.place in self._in_hand or self._handled.get(card.place) == card.state:
                continue
            deed = needed(card, talk, self.pace.now(), self.pace)
            if deed == "close" and talk.taken_by not in ("", user):
                continue
            if deed is not None:
                self._handled[card.place] = card.state
                self._in_hand.add(card.place)
                return Job(card, talk, deed)
        return None

    def laid_down(self, job: Job, *, done: bool) -> None:
        """Take a card back from an agent; what came to nothing is tried again, but not for ever."""
        self._in_hand.discard(job.card.place)
        if not done and len(job.talk.refusals) <= _TRIES:
            self._handled.pop(job.card.place, None)

    @property
    def waiting(self) -> int:
        now = self.pace.now()
        return sum(
            (talk := self._known.get(card.place)) is not None
            and needed(card, talk, now, self.pace) in ("answer", "take", "reply")
            and not talk.is_over
            for card in self._cards()
        )

    def _meet(self, card: Card) -> None:
        channels = {identity: name for name, identity in SUPPORT_CHANNELS.items()}
        for talk in self._talks:
            on_its_channel = talk.ticket.channel == channels[card.channel]
            if (
                talk.card is None
                and talk.wrote_at is not None
                and on_its_channel
                and card.is_about(talk.ticket)
            ):
                talk.card, talk.conversation = card.place, card.conversation
                self._known[card.place] = talk
                return

    def _cards(self) -> Iterator[Card]:
        """Yield the cards of conversations that began today, oldest first."""
        for channel in SUPPORT_CHANNELS.values():
            for message in list(self._workspace.messages.get(channel, {}).values()):
                if message.get("bot_id") == BOT and "thread_ts" not in message and message.get("blocks"):
                    card = Card(channel, message)
                    if card.place not in self._earlier:
                        yield card
