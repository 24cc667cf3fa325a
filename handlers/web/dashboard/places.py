"""Addresses within the dashboard: the period and the filters travel in each."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from bot.core.insights.marks import Mark
from bot.core.insights.scope import Scope

ROOT = "/dashboard"
WHOLE = frozenset({"cost"})  # Pages that no filter but the period changes.
PAGES = {
    "": "Overview",
    "volume": "Volume",
    "quality": "AI quality",
    "knowledge": "Knowledge",
    "people": "People",
    "levels": "Service levels",
    "cost": "Cost",
}


@dataclass(frozen=True)
class Places:
    """Makes addresses that keep the scope; `zone` is the time zone of the days and hours that are shown.

    `names` are what people are called in Slack, by their id; addresses keep the id.
    """

    scope: Scope
    zone: str = "UTC"
    names: Mapping[str, str] = field(default_factory=dict)

    def who(self, person: str) -> str:
        """Return what somebody is called, their id where Slack does not say."""
        return self.names.get(person, person)

    def clock(self, moment: datetime) -> str:
        """Return a moment as the clocks of the zone show it."""
        return f"{moment.astimezone(ZoneInfo(self.zone)):%Y-%m-%d %H:%M}"

    def page(self, name: str, **more: str) -> str:
        """Return the address of a page."""
        return f"{ROOT}{'/' + name if name else ''}?{urlencode(self._query() | more)}"

    def unsifted(self, name: str) -> str:
        """Return the address of the same page without topic and people."""
        return replace(self, scope=replace(self.scope, topic="", who="")).page(name)

    def cases(self, mark: Mark | str, page: int = 1) -> str:
        """Return the address of the list that a mark names."""
        at = {"page": str(page)} if page > 1 else {}
        return self.page("cases", of=str(mark), **at)

    def _query(self) -> dict[str, str]:
        scope = self.scope
        filters = {"channel": scope.channel or "", "topic": scope.topic, "agent": scope.who}
        return {"period": scope.period} | {name: value for name, value in filters.items() if value}


def thread(workspace: str, slack_channel: str, ts: str) -> str:
    """Return the address of a card in Slack, or "" when it is not known."""
    if not (workspace and slack_channel and ts):
        return ""
    return f"{workspace.rstrip('/')}/archives/{quote(slack_channel)}/p{ts.replace('.', '')}"
