"""What is done with conversations, by machine and by people, and what the people of each workspace work with."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from bot.answering.shelf import Shelf
from bot.answering.taught import TaughtAnswerer
from bot.answering.vectors import Vectors
from bot.core.model import Channel
from bot.core.routing import MAIN
from bot.process.parts import States
from bot.services.advancing import Advance
from bot.services.asking import Asking
from bot.services.closing import Closing
from bot.services.controls import Controls
from bot.services.delivery import Deliveries
from bot.services.drafting import Drafting
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
from bot.services.settingbook import unannounced
from bot.services.snoozing import Snoozing
from bot.services.suggesting import Suggesting
from bot.services.team_controls import TeamControls
from bot.services.teamdesk import TeamDesk
from bot.services.trail import Trail
from bot.services.unmasking import Unmasking
from bot.services.unsent import Unsent
from bot.wiring.answers import answerer_of, article_writer, writer_of
from bot.wiring.checks import MODEL
from bot.wiring.customers import Customers
from bot.wiring.dashboard import Steering, steering_of
from bot.wiring.ground import Ground
from bot.wiring.reporting import Reporting, reporting_of
from bot.wiring.rereading import Articles
from bot.wiring.slackside import hand, roster_of
from bot.wiring.ways import Ways
from bot.wiring.workspaces import Workspace, knows
from handlers.slack import Services, register
from handlers.slack.access import AccessGate
from handlers.web.originals import OriginalMails
from integrations.slack.people import SlackPeople
from storage.database import utc_now


@dataclass(frozen=True)
class Works:
    """What is done with conversations, by machine and by people."""

    advance: Advance
    deliveries: Deliveries
    answerer: TaughtAnswerer
    quality: Quality
    experiments: Experiments
    steering: Steering
    reporting: Reporting
    originals: OriginalMails
    customers: Customers


async def works_of(
    ground: Ground,
    ways: Ways,
    articles: Articles,
    vectors: Vectors,
    customers: Customers,
    parts: States,
) -> Works:
    """Wire what is done with conversations, and let people in Slack do it."""
    settings, database, defaults = ground.settings, ground.database, ground.defaults
    backend, tally = ground.backend, ground.tally
    writer = await writer_of(settings.model, ground.breakers[MODEL], ground.stack, ground.trace)
    answerer = await answerer_of(settings, articles.library, vectors, writer)
    identify = Identify(database, customers.context, utc_now)
    drafting = Drafting(database, identify, answerer, utc_now, defaults, tally, ground.trace)
    deliveries = Deliveries(
        database, ways.channels, utc_now, defaults, tally, alone=backend.alone, leases=backend.leases
    )
    controls = Controls(database, utc_now, defaults, parts, articles.standing, ground.news)
    steering = steering_of(
        settings, ground.spaces.main.database, ground.slack, ground.accounts, ground.secret, articles.shelf
    )
    base_url = settings.public_url or f"http://{settings.http}"
    works = Works(
        Advance(database, drafting, deliveries, utc_now, tally, ground.trace),
        deliveries,
        answerer,
        Quality(database, controls),
        Experiments(database, controls, utc_now, has_model=writer is not None),
        steering,
        reporting_of(settings.slack, database, ground.slack, steering.insights, ground.news),
        OriginalMails(ground.raw_mail, base_url, ground.secret, utc_now),
        customers,
    )
    for space in ground.spaces.all():
        register(space.bolt, _services(ground, space, works, controls, articles.shelf, ways.channels))
    return works


def _services(
    ground: Ground,
    space: Workspace,
    works: Works,
    controls: Controls,
    shelf: Shelf,
    ways: Collection[Channel],
) -> Services:
    """Return what the people of one workspace work with: the conversations of others are not to be found there."""
    database, people = space.database, SlackPeople(space.accounts)
    roster = roster_of(space.settings, space.accounts)
    is_main, among = space.name == MAIN, knows(database) if ground.settings.slack.others else None
    return Services(
        review=Review(database, works.deliveries, utc_now, ground.defaults, ground.trace),
        escalation=Escalation(database, utc_now),
        controls=controls,
        notes=Notes(database, utc_now),
        identify=Identify(database, works.customers.context, utc_now),
        identities=Identities(database, utc_now),
        quality=works.quality,
        experiments=works.experiments,
        scoring=Scoring(database, controls, utc_now),
        exchange=Exchange(database, controls, utc_now, partial(hand, space.slack)),
        insights=Insights(database, utc_now),
        way_in=works.steering.dashboard.way_in,
        end_visits=works.steering.dashboard.end_all,
        roster=roster,
        trail=Trail(database, ground.defaults),
        gate=AccessGate(roster, ground.tally, ground.alarms, main=is_main, knows=among),
        client=space.slack,
        is_main=is_main,
        merging=Merging(database, utc_now),
        original_link=works.originals.link,
        unsent=Unsent(database, utc_now),
        shelf=shelf,
        redrafting=Redrafting(database, works.answerer, utc_now, ground.defaults),
        snoozing=Snoozing(database, utc_now),
        asking=Asking(database, utc_now),
        closing=Closing(database, utc_now),
        queueing=Queueing(database),
        practising=Practising(database, utc_now),
        outreach=Outreach(database, utc_now, frozenset(ways), space.name),
        suggesting=Suggesting(database, article_writer(ground.settings), utc_now),
        placing=Placing(
            database, utc_now, space.name, space.settings.channels, ground.news if is_main else unannounced
        ),
        team=TeamControls(database, people, utc_now, ground.news),
        teamdesk=TeamDesk(database, people, utc_now),
        digests=works.reporting.digests,
        unmasking=Unmasking(database, utc_now),
        departed=ground.departed,
    )
