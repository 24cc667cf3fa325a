"""Who wrote to us."""

from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Channel, Customer
from storage.columns import storable
from storage.locks import lock
from storage.rows import insert_once, one, row_of, select_as
from storage.tables import customers

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
        await insert_once(self._connection, customers, row_of(customer) | alone, ("channel", "address"))
        return await self.find(customer.channel, customer.address) or customer

    async def update(self, customer: Customer) -> None:
        """Replace what is known of a customer."""
        values = row_of(customer)
        identity = values.pop("id")
        await self._connection.execute(update(customers).where(customers.c.id == identity).values(values))
