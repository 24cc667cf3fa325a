"""How all that a process rests on stands."""

from collections.abc import Sequence

from bot.process.parts import States
from bot.wiring.checks import checks, parts_of
from bot.wiring.cockpit import Cockpit
from bot.wiring.customers import Customers
from bot.wiring.ground import Ground
from bot.wiring.mail import mail_in
from bot.wiring.rereading import Articles
from bot.wiring.workspaces import checks_of
from handlers.mail.imap import ImapIntake


async def look_at_parts(
    ground: Ground,
    cockpit: Cockpit,
    articles: Articles,
    customers: Customers,
    mailboxes: Sequence[ImapIntake],
) -> States:
    """Begin to check what this process rests on, and return how all of it stands."""
    settings, role = ground.settings, ground.role
    looked_at = checks(
        settings,
        ground.database,
        cockpit.connection,
        cockpit.cards,
        articles.state,
        ground.breakers,
        ground.tally,
        mail_in(settings.mail, mailboxes if role.listens else ()),
        customers.salesforce,
        checks_of(ground.installations, cockpit.cards),
    )
    return await parts_of(looked_at, ground.database, role, ground.stack, alone=ground.backend.alone)
