"""The App Home, and what begins there: settings, a practice conversation, writing to a customer first."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from blocks import begin, confirming, ids, modals, practice, steering
from blocks.confirming import Pending
from blocks.home import Home, home_view
from bot.core.errors import InvalidInput, Rejected
from bot.core.model import Actor
from bot.core.ports.desk_work import QueueView
from handlers.slack import grammar
from handlers.slack.commands import Cockpit
from handlers.slack.in_time import Acknowledge
from handlers.slack.payloads import Body, actor_of, opened_of, user_of
from handlers.slack.services import Services
from handlers.slack.windows import OPENED

Event = Mapping[str, Any]


class AppHome:
    """Shows everyone what waits for them, and how things stand."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._client = services.client

    async def opened(self, event: Event) -> None:
        if event.get("tab") == "home":
            await self.publish(event["user"])

    async def refresh(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        await self.publish(user_of(body))

    async def publish(self, user: str) -> None:
        """Show somebody their Home as things stand now."""
        services = self._services
        queue = await services.queueing.view(user)
        home = await (self._whole(user, queue) if services.is_main else self._part(user, queue))
        await self._client.publish_home(user, home_view(home))

    async def _part(self, user: str, queue: QueueView) -> Home:
        """Return what somebody of another workspace sees: their queue, and nothing about the desk as a whole."""
        has_practised, now = await self._services.practising.has(user), datetime.now(UTC)
        return Home(
            {}, {}, queue, await self._links(queue), (), now, has_practised=has_practised, whole=False
        )

    async def _whole(self, user: str, queue: QueueView) -> Home:
        services = self._services
        report = await services.controls.status()
        overview = await services.insights.overview(services.insights.scope("24h", None))
        waiting, suggested = await services.suggesting.waiting()
        return Home(
            report.rules,
            report.counts,
            queue,
            await self._links(queue),
            overview.figures,
            overview.at,
            is_manager=(await services.with_rights(Actor(user))).is_manager,
            has_practised=await services.practising.has(user),
            suggestions=waiting,
            suggested=suggested,
        )

    async def _links(self, queue: QueueView) -> dict[str, str]:
        shown = [*queue.mine, *queue.free, *([queue.longest] if queue.longest else [])]
        standing = {one.conversation.id: one for one in shown if one.ts}
        return {name: await self._client.link_to(one.slack_channel, one.ts) for name, one in standing.items()}

    async def ask_setting(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        """Open the window for the setting whose button was pressed."""
        await ack()
        rules = await self._services.controls.rules()
        view = steering.setting(steering.chosen(body["actions"][0]), rules)
        context[OPENED] = await self._client.open_view(body["trigger_id"], view)

    async def set(self, ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        """Change a setting as the command of the same name does, unless somebody else just has."""
        said, cockpit = str(view.get("private_metadata")), Cockpit(self._services)
        name = json.loads(said)["setting"]
        kind = steering.KINDS[name]
        where, value = steering.typed_setting(view["state"]["values"])
        typed = steering.command_of(name, where, value)
        try:
            command = grammar.parse(typed)
            meanwhile = steering.changed_meanwhile(said, where, await self._services.controls.rules())
            if meanwhile:
                raise InvalidInput(meanwhile)
            why, shown = await cockpit.steering.doubts(command)
            if why:
                asked = confirming.window(kind.title, why, shown, await cockpit.steering.pending(typed))
                await ack(response_action="update", view=asked)
                return
            told = await cockpit.answer(command, actor_of(body))
        except InvalidInput as error:
            await ack(response_action="errors", errors={ids.VALUE: str(error)})
        except Rejected as error:
            await ack(response_action="update", view=modals.notice(kind.title, str(error)))
        else:
            await ack(response_action="update", view=modals.told(kind.title, told))
            await self.publish(user_of(body))

    async def confirmed(self, ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        """Change what somebody was asked about, in a window."""
        pending = Pending.decode(view.get("private_metadata"))
        actor = await self._services.with_rights(actor_of(body))
        steer = Cockpit(self._services).steering
        told = await steer.change(grammar.parse(pending.typed), actor, pending.seen)
        await ack(response_action="update", view=modals.told("Changed", told))
        await self.publish(user_of(body))


class Begin:
    """Writing to a customer first: from the Home, or by the shortcut that is everywhere."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def open(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        await ack()
        view = begin.begin(self._services.outreach.channels)
        context[OPENED] = await self._services.client.open_view(body["trigger_id"], view)

    async def send(self, ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        """Begin the conversation; what cannot be used is marked where it was typed."""
        typed = begin.begun(view["state"]["values"])
        try:
            if typed.channel is None:
                raise InvalidInput("Choose how to reach them.", field="channel")
            await self._services.outreach.begin(
                typed.channel,
                typed.address,
                typed.name,
                typed.subject,
                typed.text,
                actor_of(body),
                key=str(view["id"]),
            )
        except InvalidInput as error:
            await ack(
                response_action="errors", errors={_FIELDS.get(error.field or "", ids.ANSWER): str(error)}
            )
        else:
            done = modals.notice(
                "Sent", "It is on its way. Its card stands in the Slack channel in a moment."
            )
            await ack(response_action="update", view=done)


_FIELDS = {"channel": ids.CHANNEL, "address": ids.ADDRESS, "subject": ids.SUBJECT}


class Practice:
    """The first-run guide. Nothing here knows of any conversation."""

    def __init__(self, services: Services, home: AppHome) -> None:
        self._services = services
        self._home = home

    async def open(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        await ack()
        context[OPENED] = await self._services.client.open_view(body["trigger_id"], practice.lesson(0))

    async def press(self, ack: AsyncAck, body: Body) -> None:
        """Show what a button of the practice card would have done."""
        await ack()
        action = body["actions"][0]
        name, number = practice.pressed(str(action["action_id"]), str(action.get("value") or ""))
        if name == "finish":
            await self._services.practising.done(actor_of(body))
            await self._services.client.update_view(opened_of(body), practice.finished())
            await self._home.publish(user_of(body))
            return
        known = min(number, len(practice.LESSONS) - 1)
        view = practice.lesson(known) if name == "next" else practice.after(known, name)
        await self._services.client.update_view(opened_of(body), view)
