"""Who knows a customer, and everything they know: the line on the card and the window behind it."""

from datetime import datetime, timedelta

from slackblocks import Block

from blocks import kit, text
from bot.core.context import Look, Outcome
from bot.core.model import Case, Customer

_STALE = timedelta(minutes=15)


def looks(case: Case, now: datetime) -> list[Block]:
    """Say who knows the customer, with a link, and how old that is; and who does not, or does not answer."""
    lines = [_look(look, case.customer, now) for look in case.customer.looks]
    return [kit.context("looks", text.dotted(lines))] if lines else []


def _look(look: Look, customer: Customer, now: datetime) -> str:
    name = text.escape(text.cut(text.one_line(look.source), 40))
    if look.outcome is Outcome.FOUND:
        shown = text.link(look.link, look.source) if look.link else name
        age = now - look.at
        stale = f" ({text.span(age)} old)" if age > _STALE else ""
        return f"{shown}{stale}"
    if look.outcome is Outcome.NOBODY:
        return f"not in {name}"
    if look.outcome is Outcome.SEVERAL:
        return f"*{name}: {text.escape(look.why)}*, so nothing of it is shown"
    why = text.escape(text.cut(text.one_line(look.why), 200))
    return f"*{name} gave no answer*: {why}{_kept(look, customer, now)}"


def _kept(look: Look, customer: Customer, now: datetime) -> str:
    """Say from when the facts are that stand in for the missing ones."""
    dated = [fact.at for fact in customer.facts if fact.source == look.source and fact.at is not None]
    return f" (shown as of {text.span(now - min(dated))} ago)" if dated else ""
