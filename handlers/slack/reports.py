"""`/cockpit stats` and `/cockpit digest`: figures with charts of Slack's own."""

from blocks import digest, figures, kit, text
from bot.core.model import Actor
from bot.services.insights import waiting_by_status
from handlers.slack.grammar import ShowStats
from handlers.slack.grammar_reports import SetDigest, ShowDigest
from handlers.slack.services import Services

Answer = tuple[str, list[kit.Json]]


class ReportCommands:
    """Answers what was typed; `actor` has their rights already."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def tell(self, asked: ShowStats | ShowDigest, actor: Actor) -> Answer:
        """Return the answer as text, and as blocks with what Slack draws."""
        if isinstance(asked, ShowDigest):
            return await self._digest(weekly=asked.weekly)
        return await self._stats(asked, actor)

    async def answer(self, command: ShowStats | ShowDigest | SetDigest, actor: Actor) -> str:
        """Return the answer as text alone; digests are set here."""
        if not isinstance(command, SetDigest):
            return (await self.tell(command, actor))[0]
        before = await self._services.digests.set_plan(command.plan, actor)
        return digest.plan_changed(actor.id, before, command.plan)

    async def _digest(self, *, weekly: bool) -> Answer:
        """Show what a digest would say now, and when it comes."""
        digests = self._services.digests
        said, shown = digest.digest(await digests.preview(weekly=weekly))
        note = digest.plan(await digests.plan())
        return said, [*shown, *kit.message([kit.context("plan", note)])]

    async def _stats(self, asked: ShowStats, actor: Actor) -> Answer:
        insights = self._services.insights
        told = await insights.overview(insights.scope(asked.period, asked.channel))
        waiting, way_in = waiting_by_status(told.open), self._services.way_in(actor)
        said = figures.stats(told.figures, told.before, waiting, asked.period, asked.channel, way_in)
        chart = digest.volume("volume", told.days, told.scope.since, told.scope.until)
        return said, kit.message([*kit.sections("stats", text.lines(said)), *chart])
