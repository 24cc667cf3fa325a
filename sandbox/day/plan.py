"""Who writes what, when and how, on the day: drawn from the shop's labelled tickets, the same for the same seed."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox import demo_company
from sandbox.wire import Record

OPENS, CLOSES = 9 * 60, 17 * 60  # Minutes after midnight.
# How much is written in each hour from nine on: two peaks, and lunch between them.
CURVE = (0.8, 1.3, 1.4, 1.0, 0.8, 1.1, 1.2, 0.9)
MOST = 200
_EVERY = 5  # Each fifth mail is written into Zendesk's form instead.
_NAMES = (
    "Ana",
    "Bo",
    "Cleo",
    "Dan",
    "Eva",
    "Finn",
    "Gro",
    "Hal",
    "Ida",
    "Jon",
    "Kay",
    "Lea",
    "Max",
    "Noa",
    "Ole",
)
_FICTIONAL = "+447700900{:03d}"  # Numbers that are kept free for fiction.


@dataclass(frozen=True)
class Ticket:
    """One customer's question, and what a careful team would do with it.

    `minute` counts from midnight; `wanted` is send, review, escalate or ignore; `articles` answer the question.
    """

    id: str
    minute: float
    channel: str
    address: str
    name: str
    subject: str
    text: str
    wanted: str
    articles: tuple[str, ...]

    @property
    def expects_an_answer(self) -> bool:
        return self.wanted != "ignore"


def clock(minute: float) -> str:
    """Write minutes after midnight as people read them; overtime may last until another day."""
    days, minute = divmod(int(minute), 24 * 60)
    return f"{minute // 60:02d}:{minute % 60:02d}" + (f" +{days} d" if days else "")


def plan(seed: int = 1, count: int = MOST, drift: float = 0.0) -> list[Ticket]:
    """Return the day's tickets in the order in which they are written.

    With `drift` (0 to 1) questions that no article answers come the later the greater it is, and so large a share of
    what is written in the second half is about something new that the articles only seem to know: first by
    mail, where the manager experiments, and in the last quarter in the chat.
    """
    lot = random.Random(seed)  # noqa: S311 - a play, not a secret
    drawn = lot.sample(demo_company.tickets(), min(count, MOST))
    drawn = sorted(drawn, key=lambda row: _place(row, lot.random(), drift))
    drawn = _drifted(drawn, drift, lot)
    minutes = [_minute((number + lot.random()) / len(drawn)) for number in range(len(drawn))]
    people = _People()
    return [people.ticket(row, minute) for row, minute in zip(drawn, minutes, strict=True)]


def _drifted(rows: Sequence[Record], drift: float, lot: random.Random) -> list[Record]:
    """Return the day's tickets with those of the second half drifting to something new: first mails, then chats."""
    return [
        _from_somebody(lot.choice(new), n) if (new := _new(n / len(rows))) and lot.random() < drift else row
        for n, row in enumerate(rows)
    ]


def _new(share: float) -> list[Record]:
    """Return what of the campaign is asked when so large a share of the day's questions has been."""
    if share < 0.5:
        return []
    channel = "email" if share < 0.75 else "chat"
    return [row for row in demo_company.campaign() if row["channel"] == channel]


def _from_somebody(row: Record, number: int) -> Record:
    """Return a question of the campaign as another customer asks it; no two begin with the same words."""
    name = f"{_NAMES[number % len(_NAMES)]} {_NAMES[number // len(_NAMES) % len(_NAMES)]}"
    told = {"id": f"{row['id']}-{number}", "from": f"camper{number}@campers.example"}
    return {**row, **told, "text": f"Hi, {name} here. {row['text']}"}


def _place(row: Record, drawn: float, drift: float) -> float:
    """Return where in the day a ticket falls, from 0 to 1."""
    is_hard = row["expected"]["action"] in ("review", "escalate")
    return drawn * (1 - drift) + drift * is_hard


def _minute(share: float) -> float:
    """Return the minute until which this share of the day's questions has been written."""
    left = share * sum(CURVE)
    for hour, weight in enumerate(CURVE):
        if left <= weight:
            return OPENS + 60 * (hour + left / weight)
        left -= weight
    return CLOSES


class _People:
    """Gives every ticket a sender of its own: nobody writes to a shop five times a day."""

    def __init__(self) -> None:
        rows = demo_company.customers()
        self._known = {str(row["email"]).lower(): row for row in rows}
        self._taken = {_digits(row) for row in rows}
        self._numbers: Sequence[str] = [
            number for n in range(1000) if (number := _FICTIONAL.format(n)) not in self._taken
        ]
        self._met: Counter[str] = Counter()
        self._mails = 0

    def ticket(self, row: Record, minute: float) -> Ticket:
        email, channel = str(row["from"]).lower(), str(row["channel"])
        self._met[email] += 1
        again = self._met[email]
        if channel == "email":
            self._mails += 1
            channel = "zendesk" if self._may_fill_in_a_form(row) else channel
        address = self._number(email, again) if channel in ("sms", "phone") else _mailbox(email, again)
        known = self._known.get(email, {})
        wanted = row["expected"]
        return Ticket(
            str(row["id"]),
            minute,
            channel,
            address,
            str(known.get("name") or "") if again == 1 else "",
            str(row.get("subject") or ""),
            str(row["text"]),
            wanted["action"],
            tuple(wanted["articles"]),
        )

    def _may_fill_in_a_form(self, row: Record) -> bool:
        return self._mails % _EVERY == 0 and row["expected"]["action"] != "ignore"

    def _number(self, email: str, again: int) -> str:
        own = _digits(self._known.get(email, {}))
        return own if own and again == 1 else self._numbers[sum(self._met.values())]


def _digits(row: Record) -> str:
    return "".join(str(row.get("phone") or "").split())


def _mailbox(email: str, again: int) -> str:
    name, _, domain = email.partition("@")
    return email if again == 1 else f"{name}.{again}@{domain}"
