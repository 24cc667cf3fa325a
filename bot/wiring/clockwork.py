"""What a process does by itself: it keeps time, works jobs off, and brings Slack in line."""

from functools import partial

from bot.core.ports.engine import Lane
from bot.process.runtime import background, together
from bot.process.schedule import Tick, keep_time, scheduled
from bot.services.arrivals import Arrivals
from bot.services.insights import REFRESH_SECONDS, FactKeeper
from bot.services.lessons import LOOK_SECONDS as LESSON_SECONDS
from bot.services.lessons import Lessons
from bot.services.presence import LOOK_SECONDS
from bot.services.recordlinks import LOOK_SECONDS as LINK_SECONDS
from bot.services.recordlinks import RecordLinks
from bot.services.sweeping import Sweep
from bot.services.syncing import by_system
from bot.wiring.checks import watch_loop
from bot.wiring.cockpit import Cockpit
from bot.wiring.ground import Ground
from bot.wiring.rereading import REREAD_SECONDS, Articles
from bot.wiring.retaining import retention_of
from bot.wiring.sealing import sealing_of
from bot.wiring.signing import Signer
from bot.wiring.slackside import checkpoints_of
from bot.wiring.teamworking import team_ticks
from bot.wiring.telephony import late_media
from bot.wiring.tracing import traced
from bot.wiring.ways import Ways
from bot.wiring.works import Works
from integrations.slack.people import SlackPeople
from storage.database import utc_now


async def keep_going(ground: Ground, ways: Ways, cockpit: Cockpit, articles: Articles, works: Works) -> None:
    """Begin what this process does by itself."""
    role, stack = ground.role, ground.stack
    if role.works or role.listens:
        await stack.enter_async_context(scheduled(partial(articles.look, works.answerer), REREAD_SECONDS))
    await watch_loop(ground.tally, ground.breakers, stack)
    if role.schedules:
        await _keep_time(ground, ways, works)
    if role.works:
        await _work(ground, ways, cockpit, works)


async def _keep_time(ground: Ground, ways: Ways, works: Works) -> None:
    """Do what is periodic; what became due while nobody looked is found at once."""
    database = ground.database
    sweep = Sweep(database, utc_now).sweep
    people = ground.spaces.each(lambda one: SlackPeople(one.accounts))
    await sweep()
    surveys = ways.survey.surveys
    ticks = [
        Tick("sweep", sweep),
        *([Tick("surveys", surveys.look)] if surveys is not None else []),
        *checkpoints_of(ground.settings.slack, ground.slack, database, Signer(lambda: ground.secret)),
        *ways.zendesk.periodic,
        *works.customers.periodic,
        *late_media(ways.twilio, database),
        *retention_of(ground.settings.retention, database),
        sealing_of(database),
        *team_ticks(database, people.main, ways.channels, people.others),
        *works.reporting.ticks(),
        Tick("quality", works.quality.look, ground.settings.quality_every),
        Tick("experiments", works.experiments.look, ground.settings.quality_every),
        Tick("facts", FactKeeper(database, utc_now).refresh, REFRESH_SECONDS),
    ]
    await keep_time(ticks, database, utc_now, ground.stack)


async def _work(ground: Ground, ways: Ways, cockpit: Cockpit, works: Works) -> None:
    """Work jobs off, and bring Slack in line."""
    stack, engine = ground.stack, ground.backend.engine(ground.tally)
    lessons = Lessons(ground.database, works.answerer)
    await stack.enter_async_context(scheduled(lessons.look, LESSON_SECONDS, at_once=True))
    told = {**ways.zendesk.sync, **works.customers.sync}
    systems = ground.settings.record_systems
    sync = {n: traced("record", job, ground.trace) if n in systems else job for n, job in told.items()}
    lanes = {Lane.ADVANCE: works.advance, **({Lane.SYNC: by_system(sync)} if sync else {})}
    working = background("engine", lambda: engine.run(lanes))
    await stack.enter_async_context(together(working, background("desk", cockpit.dispatcher.run)))
    if systems:
        links = RecordLinks(ground.database, utc_now)
        await stack.enter_async_context(scheduled(links.look, LINK_SECONDS))
    if ways.twilio is not None:
        arrivals = Arrivals(ground.database, utc_now)
        await stack.enter_async_context(scheduled(arrivals.look, LOOK_SECONDS))
