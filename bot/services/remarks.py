"""What people say on a record, taken into its conversation: the customer's words, an agent's answer, a note."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256

from bot.core.errors import Refused, Unavailable
from bot.core.model import (
    NEXT,
    Attachment,
    Case,
    Conversation,
    Inbound,
    Message,
    Note,
    Ref,
    RefState,
    Sender,
    Status,
    new_id,
)
from bot.core.ports.engine import Clock
from bot.core.ports.records import RecordReader, RecordSystem, Remark, RemoteFile, Voice
from bot.core.ports.storage import Database, Transaction
from bot.services.intake import Intake
from bot.services.transitions import move, note_event, plain_name
from bot.services.whereabouts import goes_on_in
from bot.services.withdrawing import cancel_pending

CAME = "came"  # The mark of what was said over there.
_MOST_FILES, _LARGEST_FILE = 10, 20 * 1024 * 1024


@dataclass(frozen=True)
class Brought:
    """The files of a remark, and the content of those that could be fetched, by SHA-256."""

    attachments: tuple[Attachment, ...] = ()
    contents: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def metadata(self) -> dict[str, object]:
        return {"attachments": [asdict(one) for one in self.attachments]} if self.attachments else {}


class Remarks:
    """Takes in what was said over there, each remark once."""

    def __init__(
        self, database: Database, system: RecordSystem, reader: RecordReader, intake: Intake, clock: Clock
    ) -> None:
        self._database = database
        self._system = system
        self._reader = reader
        self._intake = intake
        self._clock = clock

    async def files_of(self, remark: Remark) -> Brought:
        """Fetch the files of a remark; one that cannot be had is named all the same, and where it is."""
        told = [await self._file(one, number) for number, one in enumerate(remark.files)]
        return Brought(
            tuple(one for one, _ in told), {one.sha256: content for one, content in told if content}
        )

    async def _file(self, file: RemoteFile, number: int) -> tuple[Attachment, bytes]:
        there = f"it is in {self._system.name.capitalize()}"
        if number >= _MOST_FILES or file.size > _LARGEST_FILE:
            return Attachment(file.name, file.type, file.size, missing=there), b""
        try:
            content = await self._reader.content(file)
        except (Unavailable, Refused):
            return Attachment(file.name, file.type, file.size, missing=there), b""
        return Attachment(file.name, file.type, len(content), sha256(content).hexdigest()), content

    async def take_in(self, conversation_id: str, ref: Ref, remark: Remark) -> None:
        """Put a remark where a conversation goes on; `ref` is the row of its record.

        Where that has a record of its own, it is told of the remark like of anything else that was said.
        """
        if await self._is_here(conversation_id, ref, remark):
            return
        files = await self.files_of(remark)
        if remark.voice is Voice.CUSTOMER:
            await self._customer_wrote(conversation_id, ref, remark, files)
            return
        async with self._database.transaction() as tx:
            talk = await goes_on_in(tx, conversation_id)
            case = await tx.conversations.case(talk.id) if talk is not None else None
            if case is None:
                return
            if remark.public and self._reader.brings(case.conversation.channel):
                await self._agent_answered(tx, case, ref, remark, files)
            else:
                await self._agent_noted(tx, case, ref, remark)

    async def _is_here(self, conversation_id: str, ref: Ref, remark: Remark) -> bool:
        """Tell whether it is a message here: its row is another record's once that was told of it."""
        async with self._database.snapshot() as tx:
            for talk in (await tx.conversations.get(conversation_id), await goes_on_in(tx, conversation_id)):
                if talk and await tx.messages.find(talk.channel, self._external_id(talk, ref, remark)):
                    return True
        return False

    async def _customer_wrote(self, conversation_id: str, ref: Ref, remark: Remark, files: Brought) -> None:
        async with self._database.snapshot() as tx:
            conversation = await tx.conversations.get(conversation_id)
        if conversation is None:
            return

        async def also(tx: Transaction, message: Message) -> None:
            await tx.external_refs.put(self.taken(conversation_id, message.id, remark))

        inbound = Inbound(
            channel=conversation.channel,
            external_id=self._external_id(conversation, ref, remark),
            address=conversation.address,
            text=remark.text,
            name=remark.author,
            conversation_hint=conversation_id,
            attachments=files.attachments,
            contents=files.contents,
        )
        await self._intake.receive(inbound, also=also)

    async def _agent_answered(
        self, tx: Transaction, case: Case, ref: Ref, remark: Remark, files: Brought
    ) -> None:
        """Put on record what an agent has told the customer over there: it answers what stood there by then."""
        conversation, now = case.conversation, self._clock()
        turn = max((m.turn for m in case.messages if m.created_at <= remark.at), default=conversation.turn)
        message = Message(
            id=new_id(),
            conversation_id=conversation.id,
            seq=NEXT,
            turn=turn,
            sender=Sender.AGENT,
            content=remark.text,
            created_at=now,
            external_id=self._external_id(conversation, ref, remark),
            author=plain_name(remark.author),
            metadata={"written_in": self._system.name, **files.metadata},
        )
        if await tx.messages.add(message, conversation.channel) is None:
            return
        for digest, content in files.contents.items():
            await tx.attachments.keep(digest, content, now)
        await tx.external_refs.put(self.taken(ref.entry_id, message.id, remark))
        said = {"system": self._system.name, "author": remark.author, "text": remark.text}
        await tx.audit.append(
            at=now,
            actor=self._system.name,
            action="answered_elsewhere",
            subject=conversation.id,
            payload=said,
        )
        settled = turn == conversation.turn
        if settled:
            await cancel_pending(tx, case, now)
        status = Status.ANSWERED if settled else conversation.status
        await move(tx, conversation, status, now, escalated=conversation.escalated and not settled)

    async def _agent_noted(self, tx: Transaction, case: Case, ref: Ref, remark: Remark) -> None:
        note = Note(
            id=new_id(),
            conversation_id=case.conversation.id,
            author=remark.author,
            content=_with_names(remark),
            desk_ref=f"{self._system.name}:{ref.external_id}/{remark.id}"[:64],
            created_at=self._clock(),
        )
        if not await tx.notes.add(note):
            return
        await tx.external_refs.put(self.taken(ref.entry_id, note.id, remark))
        if remark.public:
            said = f"{plain_name(remark.author)} answered in {self._system.name.capitalize()}, where this customer"
            await note_event(
                tx, case.conversation.id, f"{said} does not read: press Reply to send it.", note.created_at
            )
        await move(tx, case.conversation, case.conversation.status, note.created_at)

    def taken(self, conversation_id: str, entry_id: str, remark: Remark) -> Ref:
        """Make the row that keeps a remark from being taken in again, and from being written where it came from."""
        return Ref(
            self._system.name, entry_id, conversation_id, RefState.DONE, remark.at, remark.id, mark=CAME
        )

    def _external_id(self, conversation: Conversation, ref: Ref, remark: Remark) -> str:
        """Return what a remark is called on the conversation's own channel."""
        said = f"{ref.external_id}/{remark.id}"
        return said if conversation.channel is self._system.carries else f"{self._system.name}:{said}"


def _with_names(remark: Remark) -> str:
    """Return what a note says: it has no files of its own."""
    names = ", ".join(file.name for file in remark.files)
    return f"{remark.text}\n(attached: {names})" if names else remark.text
