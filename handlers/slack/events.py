"""What happens in Slack without a button: thread texts become internal notes."""

from collections.abc import Mapping
from typing import Any

from handlers.slack.services import Services

Event = Mapping[str, Any]

_TYPED = {None, "file_share", "thread_broadcast", "me_message"}


class ThreadNotes:
    """Keeps what people type beneath a card, and follows their edits and deletions. Nothing of it is sent."""

    def __init__(self, services: Services) -> None:
        self._notes = services.notes

    async def message(self, event: Event) -> None:
        match event.get("subtype"):
            case "message_changed":
                await self._changed(event)
            case "message_deleted":
                await self._notes.remove(event["channel"], str(event.get("deleted_ts")))
            case subtype if subtype in _TYPED and _by_person_in_thread(event):
                await self._typed(event)

    async def _typed(self, event: Event) -> None:
        text = _text_of(event)
        if text:
            await self._notes.add(event["channel"], event["thread_ts"], event["ts"], event["user"], text)

    async def _changed(self, event: Event) -> None:
        message = event.get("message") or {}
        if message.get("subtype") == "tombstone":
            await self._notes.remove(event["channel"], str(message.get("ts")))
        elif _by_person_in_thread(message):
            await self._notes.edit(event["channel"], message["ts"], _text_of(message))


class Departures:
    """Slack says that a workspace has removed the app, or taken its token away."""

    def __init__(self, services: Services) -> None:
        self._departed = services.departed

    async def uninstalled(self, body: Event) -> None:
        await self._departed(str(body.get("team_id")))

    async def revoked(self, body: Event, event: Event) -> None:
        if (event.get("tokens") or {}).get("bot"):
            await self._departed(str(body.get("team_id")))


def is_typed_in_thread(event: Event) -> bool:
    """Tell whether a person has typed, or changed, something in a thread."""
    if event.get("subtype") == "message_changed":
        return _by_person_in_thread(event.get("message") or {})
    return event.get("subtype") in _TYPED and _by_person_in_thread(event)


def _by_person_in_thread(message: Event) -> bool:
    if message.get("bot_id") or not message.get("user"):
        return False
    return bool(message.get("thread_ts")) and message["thread_ts"] != message.get("ts")


def _text_of(message: Event) -> str:
    files = ", ".join(str(file.get("name") or "a file") for file in message.get("files") or ())
    text = str(message.get("text") or "").strip()
    return "\n".join(part for part in (text, f"(attached: {files})" if files else "") if part)
