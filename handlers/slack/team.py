"""`/cockpit` about teamwork: everybody may read, managers may change."""

from datetime import timedelta

from blocks import teamwork as said
from bot.core.insights.scope import PERIODS
from bot.core.model import Actor
from bot.core.teamwork.rules import TeamRules
from bot.services.team_controls import Reset, TeamControls
from handlers.slack import team_orders as g


class TeamCommands:
    """Answers what was typed; `actor` has their rights already where something is changed."""

    def __init__(self, controls: TeamControls) -> None:
        self._controls = controls

    async def tell(self, asked: g.TeamQuestion) -> str:
        """Answer a question."""
        if isinstance(asked, g.ShowBreaches):
            since = self._controls.now() - timedelta(hours=PERIODS[asked.period])
            lately = await self._controls.lately(since, asked.channel)
            return said.lately(lately.kept, lately.broken, asked.period)
        return await self._shown(asked, await self._controls.rules())

    async def change(self, order: g.TeamOrder, actor: Actor) -> str:
        """Change something, and tell how things stand since."""
        rules, about = await self._change(order, actor), _about(order)
        before, after = await self._shown(about, rules.before), await self._shown(about, rules.after)
        return said.changed(actor.id, before, after)

    async def _shown(self, asked: g.TeamQuestion, rules: TeamRules) -> str:
        now = self._controls.now()
        match asked:
            case g.ShowHours():
                return said.hours(rules, now)
            case g.ShowRota():
                return said.rota(rules.rota, now, await self._controls.gone(rules))
            case g.ShowCrew():
                return said.crew(rules, await self._controls.loads(), await self._controls.gone(rules))
            case g.ShowWords():
                return said.words(rules)
            case g.ShowVips():
                return said.vips(rules)
            case g.ShowTold():
                return said.told(rules)
            case _:
                return said.targets(rules)

    async def _change(self, order: g.TeamOrder, actor: Actor) -> Reset:
        controls = self._controls
        match order:
            case g.SetHours(channel, zone, spans):
                return await controls.set_hours(channel, zone, spans, actor)
            case g.SetHoliday(zone, day, off):
                return await controls.set_holiday(zone, day, off, actor)
            case g.SetTarget(channel, priority, kind, minutes):
                return await controls.set_target(channel, priority, kind, minutes, actor)
            case g.WatchWord(word, on):
                return await controls.watch_word(word, on, actor)
            case g.SetVip(address, on):
                return await controls.set_vip(address, on, actor)
            case g.SetTold(channel, word, on):
                return await controls.set_told(channel, word, on, actor)
            case _:
                return await self._change_people(order, actor)

    async def _change_people(self, order: g.PeopleOrder, actor: Actor) -> Reset:
        controls = self._controls
        match order:
            case g.AddShift(who, spans):
                return await controls.add_shift(who or actor.id, spans, actor)
            case g.AddBackup(who):
                return await controls.add_backup(who or actor.id, actor)
            case g.LeaveRota(who):
                return await controls.leave_rota(who or actor.id, actor)
            case g.SetCallLimit(minutes):
                return await controls.set_call_limit(minutes, actor)
            case g.SetRotaZone(zone):
                return await controls.set_rota_zone(zone, actor)
            case g.AddMember(who, capacity):
                return await controls.add_member(who or actor.id, capacity, actor)
            case g.RemoveMember(who):
                return await controls.remove_member(who or actor.id, actor)
            case g.SetMethod(method):
                return await controls.set_method(method, actor)
            case g.SetAway(who, away):
                return await controls.set_away(who or actor.id, away, actor)


def _about(order: g.TeamOrder) -> g.TeamQuestion:
    """Return the question whose answer an order changes."""
    match order:
        case g.SetHours() | g.SetHoliday():
            return g.ShowHours()
        case g.SetTarget():
            return g.ShowSla()
        case g.WatchWord():
            return g.ShowWords()
        case g.SetVip():
            return g.ShowVips()
        case g.SetTold():
            return g.ShowTold()
        case g.AddMember() | g.RemoveMember() | g.SetMethod() | g.SetAway():
            return g.ShowCrew()
        case _:
            return g.ShowRota()
