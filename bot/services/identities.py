"""Identities: one customer has many addresses, numbers and chat identities; who is one is said by people or by a CRM.

Being one customer joins histories. It proves nothing: what may be told is decided by how each message came.
"""

from collections.abc import Collection

from bot.core.errors import InvalidInput, Rejected
from bot.core.model import Actor, Customer
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Transaction
from bot.core.text import is_blank
from bot.services.checking import load
from bot.services.transitions import move, note_event, plain_name


class Identities:
    """Joins and parts customers by hand, on record."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def join(self, conversation_id: str, address: str, actor: Actor) -> None:
        """Make one customer of this conversation's and whoever has this address.

        Raises:
            InvalidInput: nobody has it, or they are one already.
        """
        if is_blank(address):
            raise InvalidInput("Write an address or a number of this customer.", field="address")
        async with self._database.transaction() as tx:
            case = await load(tx, conversation_id)
            known = {one.id for one in await tx.customers.same_person(case.customer.id)}
            found = await tx.customers.at(address.strip())
            if not found:
                raise InvalidInput("Nobody has written from this address yet.", field="address")
            others = [one for one in found if one.id not in known]
            if not others:
                raise InvalidInput("This address belongs to this customer already.", field="address")
            for other in others:
                await _audit(tx, self._clock, actor.id, "customer.join", case.customer, other)
                await tx.customers.join(case.customer.id, other.id)
            said = f"<@{actor.id}> says that {plain_name(others[0].address)} is the same customer."
            await note_event(tx, conversation_id, said, self._clock())
            await move(tx, case.conversation, case.conversation.status, self._clock())

    async def part(self, conversation_id: str, customer_id: str, actor: Actor) -> None:
        """Take one of the addresses of this conversation's customer away from them.

        Raises:
            Rejected: it is not theirs, or their only one.
        """
        async with self._database.transaction() as tx:
            case = await load(tx, conversation_id)
            same = await tx.customers.same_person(case.customer.id)
            other = next((one for one in same if one.id == customer_id), None)
            if other is None or len(same) < 2:
                raise Rejected("This address is not part of this customer any more.")
            await _audit(tx, self._clock, actor.id, "customer.part", case.customer, other)
            await tx.customers.part(other.id)
            said = f"<@{actor.id}> says that {plain_name(other.address)} is another customer."
            await note_event(tx, conversation_id, said, self._clock())
            await move(tx, case.conversation, case.conversation.status, self._clock())


async def join_known(
    database: Database, customer_id: str, ids: Collection[tuple[str, str]], clock: Clock
) -> None:
    """Make one customer of all whom a source calls by the same id, unless people have parted them."""
    async with database.transaction() as tx:
        for source, external_id in sorted(ids):
            for other in await tx.customers.note_id(customer_id, source, external_id):
                same = await tx.customers.same_person(customer_id)
                if other in {one.id for one in same}:
                    continue
                me = next(one for one in same if one.id == customer_id)
                payload = {"customer": other, "with": me.id, "why": f"the same in {source}"}
                await tx.audit.append(
                    at=clock(), actor="threadpilot", action="customer.join", subject=me.id, payload=payload
                )
                await tx.customers.join(customer_id, other)


async def _audit(
    tx: Transaction, clock: Clock, actor: str, action: str, customer: Customer, other: Customer
) -> None:
    payload = {"customer": other.id, "with": customer.id}
    await tx.audit.append(at=clock(), actor=actor, action=action, subject=customer.id, payload=payload)
