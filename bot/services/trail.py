"""What is on record about a conversation, and its decisions made again."""

import re
from collections.abc import Sequence

from bot.core.audit import AuditRow
from bot.core.errors import InvalidInput
from bot.core.model import Case
from bot.core.policy import RulesByChannel
from bot.core.ports.storage import Database, Transaction
from bot.core.replay import Recorded, Replayed, recorded_of, replay
from bot.services.controls import rules_for

_ID = re.compile(r"[0-9a-f]{32}")
_LINK = re.compile(r"<?https://[^\s/]+/archives/([A-Z0-9]+)/p(\d{10})(\d{6})(?:\?[^\s>|]*)?(?:\|[^>]*)?>?")
_UNKNOWN = (
    "That is no conversation: paste the link of its card (its menu in Slack has *Copy link*), or its id."
)


class Trail:
    """Reads the audit log by conversation."""

    def __init__(self, database: Database, defaults: RulesByChannel) -> None:
        self._database = database
        self._defaults = defaults

    async def rows(self, which: str) -> Sequence[AuditRow]:
        """Return what is on record about a conversation, named by its id or by a link into Slack, oldest first.

        Raises:
            InvalidInput: there is no such conversation.
        """
        async with self._database.snapshot() as tx:
            case = await self._case(tx, which)
            return await tx.audit.about(case.conversation.id)

    async def replay(self, which: str) -> Sequence[Replayed]:
        """Make every decision of the policy about a conversation again, oldest first. Raises as `rows`."""
        async with self._database.snapshot() as tx:
            case = await self._case(tx, which)
            rules = rules_for(case.conversation.channel, self._defaults, await tx.settings.current())
            found = filter(None, map(recorded_of, await tx.audit.about(case.conversation.id)))
            again = []
            for recorded in found:
                draft = await tx.drafts.get(recorded.draft)
                if draft is None:
                    again.append(Replayed(recorded, trouble="its draft is not there any more"))
                    continue
                messages = await tx.messages.get(_messages_of(recorded))
                again.append(replay(recorded, case, draft, messages, rules))
            return again

    async def _case(self, tx: Transaction, which: str) -> Case:
        conversation_id: str | None = which if _ID.fullmatch(which) else None
        if link := _LINK.fullmatch(which):
            channel, seconds, micros = link.groups()
            conversation_id = await tx.desk_posts.conversation_at(channel, f"{seconds}.{micros}")
        case = await tx.conversations.case(conversation_id) if conversation_id else None
        if case is None:
            raise InvalidInput(_UNKNOWN)
        return case


def _messages_of(recorded: Recorded) -> list[str]:
    named = recorded.inputs.get("messages") or ()
    return [str(one[0]) for one in named]
