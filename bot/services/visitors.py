"""Who a chat visitor is: nobody known, whom they say they are, or somebody the site around the chat vouches for.

Whoever is vouched for has one stream of events on all their devices, and only a session that was opened with that
word leads to it: the token in a shared browser does not. What they said before they signed in comes with them.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.errors import InvalidInput
from bot.core.model import Channel, new_id
from bot.core.ports.storage import Transaction, Visitor
from bot.services.transitions import move, note_event, plain_name

NAME_LIMIT = 100
_EMAIL_LIMIT = 254
_EMAIL = re.compile(r"[^\s@<>()\[\]\\,;:\"]{1,64}@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True)
class Identity:
    """Whom the site vouches for; `subject` names them for good, the rest may be empty."""

    subject: str
    email: str = ""
    name: str = ""


async def arriving(tx: Transaction, came_as: str | None, identity: Identity | None, at: datetime) -> str:
    """Return which visitor somebody is who `came_as` one and is vouched for as `identity`, or either, or neither."""
    known = await tx.chat.visitor(came_as) if came_as else None
    own = came_as if came_as and (known is None or known.subject is None) else None
    if identity is None:
        return own or new_id()
    visitor = await tx.chat.visitor_of(identity.subject) or own or new_id()
    await _vouch(tx, visitor, identity, at)
    return visitor


async def _vouch(tx: Transaction, visitor: str, identity: Identity, at: datetime) -> None:
    before = await tx.chat.visitor(visitor)
    after = Visitor(visitor, identity.subject, identity.name, identity.email, verified=True, at=at)
    if before is None or replace(before, at=at) != after:
        await tx.chat.put_visitor(after)
        await _tell_desk(tx, after, "The site vouches for {name}: the identity is verified.")


async def introduce(tx: Transaction, visitor: str, email: str, name: str, at: datetime) -> None:
    """Keep the address a visitor gives; for whom the site has vouched, the site's word stands.

    Raises:
        InvalidInput: this is no e-mail address.
    """
    email, name = usable_email(email), " ".join(name.split())[:NAME_LIMIT]
    known = await tx.chat.visitor(visitor)
    if known is not None and known.verified:
        return
    said = Visitor(visitor, None, name or (known.name if known else ""), email, verified=False, at=at)
    await tx.chat.put_visitor(said)
    await _tell_desk(tx, said, "{name} left the e-mail address {email} (not verified).")


def usable_email(email: str) -> str:
    """Return an address without what is around it.

    Raises:
        InvalidInput: it is none.
    """
    email = email.strip()
    if len(email) > _EMAIL_LIMIT or not _EMAIL.fullmatch(email):
        raise InvalidInput("This is not an e-mail address.", field="email")
    return email


async def _tell_desk(tx: Transaction, visitor: Visitor, words: str) -> None:
    """Have customer and card know it; before the first message there is neither, and intake takes it from us."""
    await tx.customers.lock(Channel.CHAT, visitor.visitor)
    customer = await tx.customers.find(Channel.CHAT, visitor.visitor)
    if customer is None:
        return
    name = visitor.name or customer.name
    await tx.customers.update(replace(customer, name=name, email=visitor.email, verified=visitor.verified))
    conversation = await tx.conversations.open_for(Channel.CHAT, visitor.visitor)
    if conversation is not None:
        line = words.format(name=plain_name(name) or "The visitor", email=plain_name(visitor.email))
        await note_event(tx, conversation.id, line, visitor.at)
        # The directory is asked again: now there is somebody to ask for.
        await move(tx, conversation, conversation.status, visitor.at, identified=False)
