"""The window in which agents write: opened filled, saved while they type, and sent."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from blocks import kit, owned, writing
from blocks.ids import Target
from blocks.writing import Around, Parts
from bot.core.errors import AlreadyDecided, InvalidInput, Rejected, Superseded
from bot.core.model import Case, DeliveryState
from bot.core.ports.desk_work import Writing
from bot.services.editing import known_to, still_open
from handlers.slack.in_time import Acknowledge
from handlers.slack.opening import open_filled
from handlers.slack.payloads import Body, actor_of, opened_of, target_of, user_of
from handlers.slack.services import Services
from handlers.slack.windows import OPENED


class WritingWindow:
    """Edit a draft, or write an answer of one's own."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._unsent = services.unsent

    async def edit(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        await ack()
        await self.open_edit(target_of(body), body, context)

    async def reply(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        await ack()
        await self.open_reply(target_of(body), body, context)

    async def open_edit(self, on: Target, body: Body, context: dict[str, Any]) -> None:
        """Open the window with the draft, or with what this agent had made of it and not sent."""
        await self._open(on, body, context, is_edit=True)

    async def open_reply(self, on: Target, body: Body, context: dict[str, Any]) -> None:
        """Open an empty window for the newest turn: an answer in the agent's own words."""
        await self._open(on, body, context, is_edit=False)

    async def open_with(self, on: Target, words: str, body: Body, context: dict[str, Any]) -> None:
        """Open the window with words that stand in Slack already."""
        await self._open(on, body, context, is_edit=False, words=words)

    async def _open(
        self, on: Target, body: Body, context: dict[str, Any], *, is_edit: bool, words: str = ""
    ) -> None:
        """Open the window filled, and note that it stands open."""
        preparing = self._prepared(on, user_of(body), is_edit=is_edit, words=words)
        written, _ = await open_filled(
            self._services.client, body, context, preparing, lambda prepared: prepared[1]
        )
        await self._unsent.open(replace(written, view_id=context[OPENED].id))

    async def _prepared(
        self, on: Target, actor: str, *, is_edit: bool, words: str
    ) -> tuple[Writing, dict[str, Any]]:
        case = await self._services.review.case(on.conversation)
        draft = still_open(case, on.draft) if is_edit else None
        on = Target(on.conversation, case.conversation.turn, draft.id if draft else None)
        fresh = draft.proposal.text if draft else words
        desk = await self._unsent.desk(on.conversation, actor)
        kept = writing.typed_text(desk.mine.parts) if desk.mine is not None and not words else ""
        is_kept = bool(kept) and kept != fresh.strip()
        parts = writing.parts_of(kept if is_kept else fresh, on.turn)
        around = Around(
            kept_at=desk.mine.at if desk.mine is not None and is_kept else None,
            others=[(one.actor, one.at) for one in desk.others],
            owner=owned.theirs(case, actor),
        )
        written = Writing(on.conversation, actor, on.turn, on.draft, parts, self._unsent.now())
        view = writing.window(case, parts, on, around, is_edit=is_edit)
        return replace(written, told=known_to(written, case)), view

    async def typed(self, ack: AsyncAck, body: Body) -> None:
        """Save what was typed so far; Slack tells after each pause, and shows a warning where it was not saved."""
        await self._keep(body, writing.typed_parts(_values(body)))
        await ack()

    async def more_room(self, ack: AsyncAck, body: Body) -> None:
        """Add an empty input."""
        await ack()
        await self._grow(body, "")

    async def insert(self, ack: AsyncAck, body: Body) -> None:
        """Add the article or macro that was picked, in an input of its own."""
        await ack()
        key = str((body["actions"][0].get("selected_option") or {}).get("value") or "")
        case = await self._services.review.case(_on(body).conversation)
        await self._grow(body, self._services.shelf.text_of(key, case))

    async def start_over(self, ack: AsyncAck, body: Body) -> None:
        """Put the draft, or nothing, in the place of the unsent text."""
        await ack()
        on = _on(body)
        case = await self._services.review.case(on.conversation)
        draft = still_open(case, on.draft) if on.draft else None
        old = writing.typed_parts(_values(body))
        parts = writing.parts_of(draft.proposal.text if draft else "", on.turn, after=old)
        await self._show(body, case, on, parts)

    async def closed(self, ack: AsyncAck, body: Body) -> None:
        """Note that the window is closed; what was typed waits for the next time."""
        view = body["view"]
        on = Target.decode(view.get("private_metadata"))
        await self._unsent.close(on.conversation, user_of(body), str(view["id"]))
        await ack()

    async def send(self, ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        """Send an edited draft, or an agent's own words.

        The window names the submission: Slack may deliver one twice, and people press twice. Whatever keeps the
        answer from going out, what was typed stays.
        """
        on, actor, values = (
            Target.decode(view.get("private_metadata")),
            actor_of(body),
            view["state"]["values"],
        )
        parts, review = writing.typed_parts(values), self._services.review
        typed, copies = writing.typed_text(parts), writing.wants_copies(values)
        try:
            await review.send_own(
                on.conversation, on.turn, typed, actor, on.draft, key=_window(view), copies=copies
            )
        except InvalidInput as error:
            await ack(response_action="errors", errors={writing.first_input(parts): str(error)})
            return
        except (AlreadyDecided, Superseded) as error:
            case = await review.case(on.conversation)
            if not _on_its_way(case, on.turn, typed, actor.id):
                await ack(response_action="update", view=await self._not_sent(error, case, on, parts, body))
                return
        # Before Slack is told: whatever becomes of the window, what is sent is offered to nobody as unsent.
        await self._unsent.drop(on.conversation, actor.id)
        await ack()

    async def _not_sent(
        self, error: Rejected, case: Case, on: Target, parts: Parts, body: Body
    ) -> dict[str, Any]:
        """Return the window with what was typed and why it did not go; it belongs to no draft any more."""
        typed = writing.typed_text(parts)
        on_now = Target(on.conversation, case.conversation.turn)
        around = _why_not(error, case, on)
        parts = writing.parts_of(typed, on_now.turn, after=parts)
        await self._keep(body, parts, on_now)
        return writing.window(case, parts, on_now, around)

    async def _grow(self, body: Body, words: str) -> None:
        on, typed = _on(body), writing.typed_parts(_values(body))
        case = await self._services.review.case(on.conversation)
        await self._show(body, case, on, writing.with_more(typed, on.turn, words))

    async def _show(self, body: Body, case: Case, on: Target, parts: Parts) -> None:
        around = Around(owner=owned.theirs(case, user_of(body)))
        view = writing.window(case, parts, on, around, is_edit=on.draft is not None)
        await self._services.client.update_view(opened_of(body), view)
        await self._keep(body, parts)

    async def _keep(self, body: Body, parts: Parts, on: Target | None = None) -> None:
        on, view_id = on or _on(body), str(body["view"]["id"])
        written = Writing(
            on.conversation, user_of(body), on.turn, on.draft, parts, self._unsent.now(), view_id
        )
        await self._unsent.keep(written)

    async def suggest(self, ack: AsyncAck, body: Body) -> None:
        """Answer what is searched for in the list of articles and macros."""
        found = self._services.shelf.find(str(body.get("value") or ""))
        await ack(options=kit.options(found))


def _on(body: Body) -> Target:
    return Target.decode(body["view"].get("private_metadata"))


def _values(body: Body) -> Mapping[str, Any]:
    values = (body["view"].get("state") or {}).get("values")
    return values if isinstance(values, Mapping) else {}


def _window(view: Mapping[str, Any]) -> str:
    return str(view.get("root_view_id") or view["id"])


def _on_its_way(case: Case, turn: int, typed: str, author: str) -> bool:
    """Tell whether these words of this person are on their way already: then a submission was doubled."""
    return any(
        (d.turn, d.author, d.text.split()) == (turn, author, typed.split())
        and d.state is not DeliveryState.CANCELLED
        for d in case.deliveries
    )


def _why_not(error: Rejected, case: Case, on: Target) -> Around:
    """Word why an answer did not go out."""
    if isinstance(error, AlreadyDecided):
        answer = case.deliveries[-1].text if case.deliveries else ""
        return Around(news=writing.somebody_sent(str(error), answer), title="Somebody was faster")
    if case.conversation.turn > on.turn:
        return Around(news=writing.wrote_again(case), title="The customer wrote again")
    return Around(news=writing.not_sent(str(error)), title="Not sent")
