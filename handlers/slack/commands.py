"""`/cockpit`: everybody may read, managers may change."""

from collections.abc import Callable, Mapping, Sequence

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond

from blocks import figures, replies, teamwork
from blocks.trail import trail
from bot.core.model import Actor, Channel, Rules
from bot.services.controls import Change
from bot.services.doorkeeping import TICKET
from handlers.slack import grammar
from handlers.slack.grammar_reports import SetDigest, ShowDigest
from handlers.slack.payloads import Body, actor_of
from handlers.slack.reports import ReportCommands
from handlers.slack.services import Services
from handlers.slack.team import TeamCommands
from handlers.slack.team_orders import TeamOrder, TeamQuestion

# What is answered from the rules in force alone.
_OF_RULES: Mapping[type, Callable[[Mapping[Channel, Rules]], str]] = {
    grammar.ShowThresholds: replies.thresholds,
    grammar.ShowModes: replies.modes,
    grammar.ShowUndo: replies.undo,
    grammar.ShowRollout: replies.rollouts,
    grammar.ShowRules: replies.rules,
}


class Cockpit:
    """Answers the slash command, to the person who typed it alone."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._controls = services.controls
        self._team = TeamCommands(services.team)
        self._reports = ReportCommands(services)

    async def run(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        await ack()
        command = grammar.parse(str(body.get("text") or ""))
        if isinstance(command, grammar.ShowStats | ShowDigest):
            actor = await self._services.with_rights(actor_of(body))
            said, shown = await self._reports.tell(command, actor)
            if (
                await respond(said, blocks=shown)
            ).status_code >= 400:  # Charts are new: not everybody has them.
                await respond(said)
        else:
            await respond(await self.answer(command, actor_of(body)))

    async def answer(self, command: grammar.Command, actor: Actor) -> str:
        """Do what a command says, and return the answer as mrkdwn."""
        match command:
            case grammar.Help():
                return f"{replies.HELP}\n\n{teamwork.HELP}"
            case grammar.ShowStatus():
                report = await self._controls.status()
                return replies.status(
                    report.rules, report.counts, report.integrations, report.work, report.articles
                )
            case grammar.ShowRisk() | grammar.WhatIf() | grammar.SetRisk():
                return await self._risk(command, actor)
            case grammar.ShowStats() | ShowDigest() | SetDigest():
                return await self._reports.answer(command, await self._services.with_rights(actor))
            case grammar.OpenDashboard():
                way_in = self._services.way_in(await self._services.with_rights(actor))
                return figures.entrance(way_in, TICKET.seconds // 60)
            case grammar.ShowAudit(which):
                return trail(await self._services.trail.rows(which))
            case (
                grammar.ShowThresholds()
                | grammar.ShowModes()
                | grammar.ShowUndo()
                | grammar.ShowRollout()
                | grammar.ShowRules()
            ):
                return _OF_RULES[type(command)](await self._controls.rules())
            case _ if isinstance(command, TeamQuestion):
                return await self._team.tell(command)
            case _ if isinstance(command, TeamOrder):
                return await self._team.change(command, await self._services.with_rights(actor))
            case _:
                return _told(actor, await self._change(command, await self._services.with_rights(actor)))

    async def _risk(self, asked: grammar.ShowRisk | grammar.WhatIf | grammar.SetRisk, actor: Actor) -> str:
        quality = self._services.quality
        match asked:
            case grammar.WhatIf(channel, threshold):
                return replies.replay(await quality.whatif(channel, threshold))
            case grammar.SetRisk(channel, wanted):
                allowed = await self._services.with_rights(actor)
                return replies.risks(await quality.set_risk(channel, wanted, allowed))
            case grammar.ShowRisk():
                return replies.risks(await quality.risks())

    async def _change(self, command: grammar.Setting, actor: Actor) -> Sequence[Change]:
        match command:
            case grammar.SetThreshold(channel, value):
                return await self._controls.set_threshold(channel, value, actor)
            case grammar.SetMode(channel, mode):
                return await self._controls.set_mode(channel, mode, actor)
            case grammar.SetRollout(channel, share):
                return await self._controls.set_rollout(channel, share, actor)
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
