"""`/cockpit`: everybody may read, managers may change."""

from collections.abc import Callable, Mapping

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond

from blocks import figures, importing, replies, steering_words, teamwork
from blocks.trail import trail
from bot.core.errors import NotAllowed
from bot.core.model import Actor, Channel, Rules
from bot.services.doorkeeping import TICKET
from handlers.slack import grammar
from handlers.slack.grammar_places import SetPlace, ShowPlaces
from handlers.slack.grammar_reports import SetDigest, ShowDigest
from handlers.slack.payloads import Body, actor_of
from handlers.slack.places import Places
from handlers.slack.reports import ReportCommands
from handlers.slack.reviewing import Reviews
from handlers.slack.services import Services
from handlers.slack.steering import SteeringCommands
from handlers.slack.steering_orders import (
    Import,
    OpenReview,
    SetAgentReviews,
    ShowCoaching,
    ShowReviews,
    SteeringQuestion,
)
from handlers.slack.team import TeamCommands
from handlers.slack.team_orders import TeamOrder, TeamQuestion

# What is answered from the rules in force alone.
_OF_RULES: Mapping[type, Callable[[Mapping[Channel, Rules]], str]] = {
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
        self.steering = SteeringCommands(services)
        self._reviews = Reviews(services)
        self._places = Places(services)

    async def run(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        await ack()
        typed = str(body.get("text") or "")
        command = grammar.parse(typed)
        match command:
            case Import():
                await self._services.client.open_view(body["trigger_id"], importing.window())
            case OpenReview():
                if nothing := await self._reviews.open(body):
                    await respond(nothing)
            case grammar.ShowStats() | ShowDigest():
                await self._report(command, actor_of(body), respond)
            case ShowPlaces() | SetPlace():
                actor = await self._services.with_rights(actor_of(body))
                await respond(await self._places.answer(command, actor, body))
            case _:
                await self._obey(typed, command, actor_of(body), respond)

    async def _report(
        self, command: grammar.ShowStats | ShowDigest, actor: Actor, respond: AsyncRespond
    ) -> None:
        said, shown = await self._reports.tell(command, await self._services.with_rights(actor))
        if (await respond(said, blocks=shown)).status_code >= 400:  # Charts are new: not everybody has them.
            await respond(said)

    async def _obey(self, typed: str, command: grammar.Command, actor: Actor, respond: AsyncRespond) -> None:
        """Answer, or ask first whether somebody is sure."""
        why, shown = ([], []) if grammar.confirms(typed) else await self.steering.doubts(command)
        if why:
            await self.steering.ask(typed, why, shown, respond)
        else:
            await respond(await self.answer(command, actor))

    async def answer(self, command: grammar.Command, actor: Actor) -> str:
        """Do what a command says, and return the answer as mrkdwn."""
        match command:
            case grammar.Help() | grammar.ShowThresholds():
                return await self._by_example(command)
            case grammar.ShowStatus():
                report = await self._controls.status()
                return replies.status(
                    report.rules,
                    report.counts,
                    report.integrations,
                    report.work,
                    report.articles,
                    report.unreadable,
                )
            case grammar.WhatIf(channel, threshold):
                return replies.replay(await self._services.quality.whatif(channel, threshold))
            case grammar.ShowRisk():
                return replies.risks(await self._services.quality.risks())
            case grammar.ShowStats() | ShowDigest() | SetDigest():
                return await self._reports.answer(command, await self._services.with_rights(actor))
            case grammar.OpenDashboard() | grammar.EndVisits():
                return await self._dashboard(command, actor)
            case grammar.ShowAudit(which):
                return trail(await self._services.trail.rows(which))
            case _ if type(command) in _OF_RULES:
                return _OF_RULES[type(command)](await self._controls.rules())
            case _ if isinstance(command, TeamQuestion):
                return await self._team.tell(command)
            case _:
                return await self._of_part(command, await self._services.with_rights(actor))

    async def _by_example(self, command: grammar.Help | grammar.ShowThresholds) -> str:
        """Tell what can be typed, about an article that there is."""
        article = self._services.shelf.example
        if isinstance(command, grammar.ShowThresholds):
            return replies.thresholds(await self._controls.rules(), article)
        return f"{replies.HELP}\n\n{steering_words.help_with(article)}\n\n{teamwork.HELP}"

    async def _dashboard(self, command: grammar.OpenDashboard | grammar.EndVisits, actor: Actor) -> str:
        able = await self._services.with_rights(actor)
        if isinstance(command, grammar.OpenDashboard):
            return figures.entrance(self._services.way_in(able), TICKET.seconds // 60)
        if command.who not in {"", actor.id} and not able.is_manager:
            raise NotAllowed("Only managers may end what somebody else has open.")
        await self._services.end_visits(command.who or actor.id)
        return figures.ended(command.who)

    async def _of_part(self, command: grammar.Command, actor: Actor) -> str:
        match command:
            case _ if isinstance(command, TeamOrder):
                return await self._team.change(command, actor)
            case ShowReviews() | ShowCoaching():
                return await self._reviews.tell(command, actor)
            case SetAgentReviews(share):
                return await self._reviews.set_share(share, actor)
            case _ if isinstance(command, SteeringQuestion):
                return await self.steering.tell(command, actor)
            case _:
                return await self.steering.change(command, actor)
