"""What a customer is called, everywhere the same: on cards, in tickets, in CRM cases."""

from bot.core.model import Channel, Customer
from bot.core.text import is_blank


def called(customer: Customer) -> str:
    """Return what to call a customer, raw: their name, else where they are reached, else a visitor's number."""
    name = _line(customer.name) or _line(customer.email)
    if name or customer.channel is not Channel.CHAT:
        return name or _line(customer.address)
    return f"Visitor {customer.address[-4:]}"


def _line(text: str) -> str:
    return "" if is_blank(text) else " ".join(text.split())
