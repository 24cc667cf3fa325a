"""`/cockpit`: everybody may read, managers may change."""

from collections.abc import Sequence

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond

from blocks import replies
from bot.core.model import Actor
from bot.services.controls import Change
from handlers.slack import grammar
from handlers.slack.payloads import Body, actor_of
from handlers.slack.services import Services


class Cockpit:
    """Answers the slash command, to the person who typed it alone."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._controls = services.controls

    async def run(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        await ack()
        command = grammar.parse(str(body.get("text") or ""))
        await respond(await self._answer(command, actor_of(body)))

    async def _answer(self, command: grammar.Command, actor: Actor) -> str:
        match command:
            case grammar.Help():
                return replies.HELP
            case grammar.ShowStatus():
                report = await self._controls.status()
                return replies.status(report.rules, report.counts, report.integrations, report.work)
            case grammar.ShowThresholds():
                return replies.thresholds(await self._controls.rules())
            case grammar.ShowModes():
                return replies.modes(await self._controls.rules())
            case grammar.ShowUndo():
                return replies.undo(await self._controls.rules())
            case grammar.ShowRules():
                return replies.rules(await self._controls.rules())
            case grammar.ShowRisk():
                return replies.risks(await self._services.quality.risks())
            case grammar.WhatIf(channel, threshold):
                return replies.replay(await self._services.quality.whatif(channel, threshold))
            case grammar.SetRisk(channel, wanted):
                allowed = await self._services.with_rights(actor)
                return replies.risks(await self._services.quality.set_risk(channel, wanted, allowed))
            case _:
                return _told(actor, await self._change(command, await self._services.with_rights(actor)))

    async def _change(self, command: grammar.Setting, actor: Actor) -> Sequence[Change]:
        match command:
            case grammar.SetThreshold(channel, value):
                return await self._controls.set_threshold(channel, value, actor)
            case grammar.SetMode(channel, mode):
                return await self._controls.set_mode(channel, mode, actor)
            case grammar.SetUndo(channel, seconds):
                return await self._controls.set_undo(channel, seconds, actor)
            case grammar.SetLimit(channel, name, value):
                return await self._controls.set_limit(channel, name, value, actor)
            case grammar.Pause(channel):
                return await self._controls.pause(channel, actor)
            case grammar.Resume(channel):
                return await self._controls.resume(channel, actor)


def _told(actor: Actor, changes: Sequence[Change]) -> str:
    return replies.changed(actor.id, [(c.key, c.channel, c.old, c.new) for c in changes])
