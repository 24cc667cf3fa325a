"""Who wrote to us."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Channel, Customer, new_id
from storage.columns import storable
from storage.locks import lock
from storage.rows import insert_once, many, one, row_of, select_as
from storage.tables import customer_ids, customers

_FIND = select_as(Customer, customers).where(
    customers.c.channel == bindparam("by"), customers.c.address == bindparam("called")
)


class SqlCustomers:
    """Customers by channel and address."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, channel: Channel, address: str) -> None:
        """Let nobody else begin anything with this address until the transaction ends."""
        await lock(self._connection, "customer", f"{channel}:{storable(address)}")

    async def find(self, channel: Channel, address: str) -> Customer | None:
        """Return the customer with this address."""
        return await one(self._connection, Customer, _FIND, {"by": channel, "called": address})

    async def add(self, customer: Customer) -> Customer:
        """Insert, and return the customer that was first with this address."""
        alone = {"person": customer.id}
        if await insert_once(self._connection, customers, row_of(customer) | alone, ("channel", "address")):
            return customer
        return await self.find(customer.channel, customer.address) or customer

    async def update(self, customer: Customer) -> None:
        """Replace what is known of a customer."""
        values = row_of(customer)
        identity = values.pop("id")
        await self._connection.execute(update(customers).where(customers.c.id == identity).values(values))

    async def same_person(self, customer_id: str) -> Sequence[Customer]:
        """Return all that are one customer with this one, itself included, the oldest first."""
        person = select(customers.c.person).where(customers.c.id == customer_id).scalar_subquery()
        query = select_as(Customer, customers).where(customers.c.person == person)
        return await many(self._connection, Customer, query.order_by(customers.c.created_at, customers.c.id))

    async def at(self, address: str) -> Sequence[Customer]:
        """Return who has this address on any channel, or left it as their mail address."""
        wanted = storable(address).lower()
        query = select_as(Customer, customers).where(
            or_(func.lower(customers.c.address) == wanted, func.lower(customers.c.email) == wanted)
        )
        return await many(self._connection, Customer, query.order_by(customers.c.created_at, customers.c.id))

    async def join(self, customer_id: str, other_id: str) -> None:
        """Make one customer of these two and all who are one with them."""
        mine, theirs = (
            select(customers.c.person).where(customers.c.id == one).scalar_subquery()
            for one in (customer_id, other_id)
        )
        (person,) = (await self._connection.execute(select(mine))).one()
        await self._connection.execute(
            update(customers).where(customers.c.person == theirs).values(person=person)
        )

    async def part(self, customer_id: str) -> None:
        """Make this one a customer of their own, who is not joined again by itself."""
        await self._connection.execute(
            update(customers).where(customers.c.id == customer_id).values(person=new_id(), apart=True)
        )

    async def note_id(self, customer_id: str, source: str, external_id: str) -> Sequence[str]:
        """Keep what a source calls a customer; return the others it calls so, without those who stay apart."""
        await self._connection.execute(
            delete(customer_ids).where(
                customer_ids.c.customer_id == customer_id, customer_ids.c.source == source
            )
        )
        row = {"source": source, "external_id": external_id, "customer_id": customer_id}
        await insert_once(self._connection, customer_ids, row, ("source", "external_id", "customer_id"))
        apart = select(customers.c.id).where(customers.c.apart.is_(True))
        query = select(customer_ids.c.customer_id).where(
            customer_ids.c.source == source,
            customer_ids.c.external_id == external_id,
            customer_ids.c.customer_id.not_in(apart),
        )
        found = (await self._connection.scalars(query.order_by(customer_ids.c.customer_id))).all()
        return [one for one in found if one != customer_id] if customer_id in found else []
