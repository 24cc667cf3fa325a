"""What `/cockpit audit` answers: the newest rows about a conversation, one line each."""

from collections.abc import Sequence

from blocks.replies import code
from blocks.text import escape
from bot.core.audit import AuditRow, is_tombstone

_SHOWN = 25
_LONGEST = 120


def trail(rows: Sequence[AuditRow]) -> str:
    """Return the newest rows; what an answer said stays in the thread and in the export."""
    if not rows:
        return "Nothing is on record about this conversation."
    newest = rows[-_SHOWN:]
    left_out = (
        f"\n_{len(rows) - _SHOWN} older rows: `threadpilot audit export`._" if len(rows) > _SHOWN else ""
    )
    lines = "\n".join(map(_line, newest))
    return f"*On record about this conversation* ({len(rows)} rows)\n{lines}{left_out}"


def _line(row: AuditRow) -> str:
    told = "_erased_" if is_tombstone(row) else _told(row)
    who = f"<@{row.actor}>" if row.actor[:1] in {"U", "W"} and row.actor.isalnum() else escape(row.actor)
    return f"`{row.seq}` {row.at:%Y-%m-%d %H:%M:%S} · {who} · *{escape(row.action)}*{told and ' · '}{told}"


def _told(row: AuditRow) -> str:
    reasons = ", ".join(map(str, row.payload.get("reasons") or ()))
    policy = row.payload.get("policy")
    parts = [code(reasons[:_LONGEST]) if reasons else "", f"policy {escape(str(policy))}" if policy else ""]
    return " · ".join(filter(None, parts))
