"""Customers whom a person answers, and sooner."""

from bot.core.model import Customer


def is_vip(customer: Customer, vips: frozenset[str]) -> bool:
    """Tell whether a customer is one of these: addresses, or domains as `@acme.example`."""
    addresses = {one.strip().lower() for one in (customer.address, customer.email) if one}
    return any(one in vips or f"@{one.rpartition('@')[2]}" in vips for one in addresses)
