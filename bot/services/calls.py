"""Phone calls in: each piece of a call is a message, kept before the caller hears the next sentence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any

from bot.core.model import Channel, Inbound, Status
from bot.core.ports.storage import Database
from bot.core.speech import SURE_ENOUGH, Spoken
from bot.core.text import is_blank
from bot.services.admission import Rate, Throttle
from bot.services.intake import Intake

PER_CALLER = Rate(10, timedelta(minutes=10))
_SILENT = "a call in which nothing was said"
_LATE = "a transcript that came after the answer"


@dataclass(frozen=True)
class Call:
    """A call: its id, and the caller's number or a name that is theirs alone."""

    sid: str
    caller: str


@dataclass(frozen=True)
class Recording:
    """A recording of a caller; `link` is where people listen to it."""

    sid: str
    link: str
    seconds: int = 0

    def as_metadata(self) -> Mapping[str, Any]:
        return {"sid": self.sid, "url": self.link, "seconds": self.seconds}


@dataclass(frozen=True)
class _Piece:
    """One message of a call."""

    external_id: str
    text: str
    state: Spoken | None
    details: Mapping[str, Any] = field(default_factory=dict)
    automatic: str = ""
    conversation: str | None = None


class Calls:
    """Takes what callers say. Every method returns once it is committed; a repetition changes nothing.

    Raises:
        Unavailable: nothing was kept; the edge must not acknowledge.
    """

    def __init__(
        self,
        database: Database,
        intake: Intake,
        *,
        rate: Rate = PER_CALLER,
        ticks: Callable[[], float] = monotonic,
    ) -> None:
        self._database = database
        self._intake = intake
        self._ticks = ticks
        self._throttle = Throttle(rate)

    def admit(self, call: Call) -> None:
        """Count a call; raises SlowDown when this caller has called too often."""
        self._throttle.admit(call.caller, self._ticks())

    async def said(self, call: Call, text: str, confidence: float) -> bool:
        """Keep the caller's words, and tell whether the line was sure enough of them not to ask."""
        sure = confidence >= SURE_ENOUGH
        state = Spoken.HEARD if sure else Spoken.UNCONFIRMED
        await self._keep(call, _Piece(call.sid, text, state, {"confidence": confidence}))
        return sure

    async def confirmed(self, call: Call, said: str, *, yes: bool) -> None:
        """Keep the caller's word on whether they were understood."""
        state = Spoken.CONFIRMED if yes else Spoken.REJECTED
        await self._keep(call, _Piece(f"{call.sid}:confirm", said, state))

    async def silent(self, call: Call) -> None:
        """Keep that somebody called and said nothing."""
        await self._keep(call, _Piece(f"{call.sid}:silent", "", None, automatic=_SILENT))

    async def recorded(self, call: Call, recording: Recording) -> None:
        """Keep a recording whose transcript is to come."""
        text = f"Voice message of {recording.seconds} s"
        told = {"recording": recording.as_metadata()}
        await self._keep(call, _Piece(recording.sid, text, Spoken.RECORDED, told))

    async def transcribed(self, call: Call, recording: Recording, text: str) -> None:
        """Keep the words of a recording; with a blank text, that there are none and a person has to listen.

        It may come before the recording does, or after somebody has answered: then it asks for nothing any more.
        """
        conversation, answered = await self._where(recording.sid)
        blank = is_blank(text)
        piece = _Piece(
            f"{recording.sid}:text",
            "A voice message that could not be written down" if blank else text,
            Spoken.UNREADABLE if blank else Spoken.TRANSCRIBED,
            {"recording": recording.as_metadata()},
            automatic=_LATE if answered else "",
            conversation=conversation,
        )
        await self._keep(call, piece)

    async def _where(self, recording: str) -> tuple[str | None, bool]:
        """Return the conversation of a recording, and whether it needs no answer any more."""
        async with self._database.snapshot() as tx:
            known = await tx.messages.find(Channel.PHONE, recording)
            case = await tx.conversations.case(known.conversation_id) if known is not None else None
        if known is None or case is None:
            return None, False
        closed = case.conversation.status is Status.RESOLVED
        return known.conversation_id, closed or known.id not in {message.id for message in case.unanswered}

    async def _keep(self, call: Call, piece: _Piece) -> None:
        speech = {"call": call.sid, **piece.details} | ({"state": piece.state.value} if piece.state else {})
        await self._intake.receive(
            Inbound(
                channel=Channel.PHONE,
                external_id=piece.external_id,
                address=call.caller,
                text=piece.text,
                conversation_hint=piece.conversation,
                automatic=piece.automatic,
                metadata={"speech": speech},
            )
        )
