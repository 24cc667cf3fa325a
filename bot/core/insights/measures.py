"""Every measure, defined once: its sentence, its unit, and what leads to the cases behind it.

All shares are of conversations that a person began (`asked`), or of turns in which a person wrote; what only machines
wrote, such as out-of-office mail, is in none of them.
"""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """How a value is to be written."""

    SHARE = "share"
    SECONDS = "seconds"
    COUNT = "count"


@dataclass(frozen=True)
class Measure:
    """What is measured; `mark` leads to the cases behind it. Where `more_is_better` is None, neither is.

    One that is told `in_hours` of business is another's second clock, and stands beside it.
    """

    key: str
    title: str
    sentence: str
    unit: Unit
    mark: str = ""
    more_is_better: bool | None = None
    in_hours: bool = False


_OPEN = "The same in business hours of the channel; a channel that has none is open around the clock."

_S, _T, _N = Unit.SHARE, Unit.SECONDS, Unit.COUNT

CONVERSATIONS = Measure(
    "conversations", "New conversations", "Conversations that a person began.", _N, "all:"
)
AUTOMATED = Measure(
    "automated",
    "Automated resolution",
    "Of all conversations: answered by threadpilot alone, nobody sent, edited, took or escalated anything, and the "
    "customer neither reopened it nor began another one within 72 hours.",
    _S,
    "is:automated",
    True,
)
DURABLE = Measure(
    "durable",
    "Durable resolution",
    "The same, and the customer did not come back within 7 days either.",
    _S,
    "is:durable",
    True,
)
FIRST = Measure(
    "first_response",
    "First response",
    "From the customer's first message to the first answer, whoever wrote it, by the clock on the wall.",
    _T,
    "first:",
    False,
)
FIRST_OPEN = Measure(
    "first_response_open",
    "First response, in business hours",
    _OPEN,
    _T,
    FIRST.mark,
    False,
    in_hours=True,
)
NEXT = Measure(
    "next_response",
    "Next response",
    "From the oldest message not yet answered to the answer, in conversations that had one before; on the wall.",
    _T,
    "next:",
    False,
)
NEXT_OPEN = Measure(
    "next_response_open",
    "Next response, in business hours",
    _OPEN,
    _T,
    NEXT.mark,
    False,
    in_hours=True,
)
APPROVAL = Measure(
    "approval_wait",
    "Approval wait",
    "From the moment a draft asks for a review until a person decides what to send.",
    _T,
    "action:review",
    False,
)
APPROVAL_OPEN = Measure(
    "approval_wait_open",
    "Approval wait, in business hours",
    _OPEN,
    _T,
    APPROVAL.mark,
    False,
    in_hours=True,
)
RESOLUTION = Measure(
    "resolution",
    "Resolution time",
    "From the first message to the newest answer, where nothing waits for one.",
    _T,
    "is:answered",
    False,
)
RESOLUTION_OPEN = Measure(
    "resolution_open",
    "Resolution time, in business hours",
    _OPEN,
    _T,
    RESOLUTION.mark,
    False,
    in_hours=True,
)
ESCALATED = Measure(
    "escalated",
    "Escalation rate",
    "Of all conversations: escalated at least once, by the policy or by a person.",
    _S,
    "is:escalated",
    False,
)
NEEDLESS = Measure(
    "false_escalation",
    "False escalation",
    "Of the turns that the policy gave to people and somebody answered: with the draft as it was, so nobody had to.",
    _S,
    "needless:",
    False,
)
MISSED = Measure(
    "missed_escalation",
    "Missed escalation",
    "Of the turns answered by threadpilot alone: an agent judged it wrong, or a person escalated it, or the customer "
    "asked for one, in this turn or the next.",
    _S,
    "missed:",
    False,
)
EDITED = Measure(
    "edited",
    "Edited drafts",
    "Of the drafts that a person sent: with changes. One that was opened and sent as it was has none.",
    _S,
    "sent:edited",
    False,
)
EDIT = Measure(
    "edit_share",
    "Words changed",
    "Of a draft's words that a person sent: changed, added or removed (edit distance over length), on average.",
    _S,
    "sent:edited",
    False,
)
REOPENED = Measure(
    "reopened",
    "Reopened",
    "Of all conversations: the customer wrote again, more than thanks, after somebody had resolved it.",
    _S,
    "is:reopened",
    False,
)
REPEATED = Measure(
    "repeated",
    "Repeat contact",
    "Of all conversations: the same customer began another one within 72 hours of the newest answer.",
    _S,
    "is:repeated",
    False,
)
CSAT = Measure(
    "csat",
    "Satisfaction",
    "Of the customers who rated: 4 or 5 of 5.",
    _S,
    "is:rated",
    True,
)
RATED = Measure(
    "response_rate",
    "Ratings given",
    "Of the conversations that were answered: rated by the customer.",
    _S,
    "is:rated",
    True,
)
WRONG = Measure(
    "wrong",
    "Judged wrong",
    "Of the automatic answers that an agent judged: wrong. Agents judge what they notice, so this is no sample.",
    _S,
    "verdict:wrong",
    False,
)

SLA = Measure(
    "sla",
    "Service levels kept",
    "Of the promises that began in this period and whose outcome is known: kept in time, in business hours.",
    _S,
    "sla:broken",
    True,
)

MEASURES = (
    CONVERSATIONS,
    AUTOMATED,
    DURABLE,
    FIRST,
    FIRST_OPEN,
    NEXT,
    NEXT_OPEN,
    APPROVAL,
    APPROVAL_OPEN,
    RESOLUTION,
    RESOLUTION_OPEN,
    SLA,
    ESCALATED,
    NEEDLESS,
    MISSED,
    REOPENED,
    REPEATED,
    EDITED,
    EDIT,
    CSAT,
    RATED,
    WRONG,
)
