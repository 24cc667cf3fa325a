"""What the listeners need: the services they call, and the way back to the person who asked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.answering.shelf import Shelf
from bot.core.model import Actor
from bot.services.asking import Asking
from bot.services.closing import Closing
from bot.services.controls import Controls
from bot.services.digests import Digests
from bot.services.escalation import Escalation
from bot.services.exchange import Exchange
from bot.services.experiments import Experiments
from bot.services.identify import Identify
from bot.services.identities import Identities
from bot.services.insights import Insights
from bot.services.merging import Merging
from bot.services.notes import Notes
from bot.services.outreach import Outreach
from bot.services.placing import Placing
from bot.services.practising import Practising
from bot.services.quality import Quality
from bot.services.queueing import Queueing
from bot.services.redrafting import Redrafting
from bot.services.review import Review
from bot.services.scoring import Scoring
from bot.services.snoozing import Snoozing
from bot.services.suggesting import Suggesting
from bot.services.team_controls import TeamControls
from bot.services.teamdesk import TeamDesk
from bot.services.trail import Trail
from bot.services.unmasking import Unmasking
from bot.services.unsent import Unsent
from integrations.slack.client import SlackClient
from integrations.slack.roster import Roster


@dataclass(frozen=True)
class Services:
    """Chosen by `bot.app`; tests choose others.

    `gate` stands in front of all listeners (`handlers.slack.access`). `original_link` leads to a mail by the SHA-256
    of its content; `way_in` makes the link by which somebody enters the dashboard, and
    `end_visits` ends what somebody has of these.
    `departed` is told the workspace that has removed the app. `is_main` says that these are for the main workspace,
    where the desk as a whole is steered.
    """

    review: Review
    escalation: Escalation
    controls: Controls
    notes: Notes
    quality: Quality
    experiments: Experiments
    exchange: Exchange
    scoring: Scoring
    insights: Insights
    way_in: Callable[[Actor], str]
    end_visits: Callable[[str], Awaitable[None]]
    roster: Roster
    client: SlackClient
    merging: Merging
    original_link: Callable[[str], str]
    identify: Identify
    identities: Identities
    gate: Callable[..., Awaitable[None]]
    trail: Trail
    unsent: Unsent
    shelf: Shelf
    redrafting: Redrafting
    snoozing: Snoozing
    asking: Asking
    closing: Closing
    queueing: Queueing
    practising: Practising
    outreach: Outreach
    suggesting: Suggesting
    placing: Placing
    team: TeamControls
    teamdesk: TeamDesk
    digests: Digests
    unmasking: Unmasking
    departed: Callable[[str], Awaitable[None]]
    is_main: bool = True

    async def with_rights(self, actor: Actor) -> Actor:
        """Find out whether somebody is a manager: only where it matters, for Slack may have to be asked."""
        return replace(actor, is_manager=await self.roster.is_manager(actor.id))
