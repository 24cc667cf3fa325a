"""Who knows a customer, and everything they know: the line on the card and the window behind it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from slackblocks import Block

from blocks import ids, kit, onrecord, parts, reading, text
from blocks.buttons import target
from bot.answering.secrets import hidden
from bot.core.context import CustomerRecord, Entry, Fact, Look, Outcome
from bot.core.identity import KnownCustomer, unverified
from bot.core.model import Case, Channel, Conversation, Customer

_STALE = timedelta(minutes=15)
_FACTS, _TIMELINE, _ADDRESSES = 20, 25, 10
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


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
        return f"customer unknown to {name}"
    if look.outcome is Outcome.SEVERAL:
        return f"*{name}: {text.escape(look.why)}*, so nothing of it is shown"
    why = text.escape(text.cut(text.one_line(look.why), 200))
    return f"*{name} gave no answer*: {why}{_kept(look, customer, now)}"


def _kept(look: Look, customer: Customer, now: datetime) -> str:
    """Say from when the facts are that stand in for the missing ones."""
    dated = [fact.at for fact in customer.facts if fact.source == look.source and fact.at is not None]
    return f" (shown as of {text.span(now - min(dated))} ago)" if dated else ""


def customer_details(known: KnownCustomer, now: datetime) -> kit.Json:
    """Return the window with everything there is about a customer, the newest first."""
    case, on = known.case, target(known.case)
    doubt = unverified(case)
    company = text.escape(text.cut(text.one_line(case.customer.company), 80))
    said = f"*Not verified:* {doubt}. Answers use nothing personal." if doubt else "Identity verified"
    blocks: list[Block] = [
        kit.section("who", text.dotted([parts.bold(reading.customer_name(case)), company])),
        kit.context("verified", said),
        *looks(case, now),
        *onrecord.records(case),
        *_known(known),
        *_addresses(known),
        kit.divider("line"),
        *_timeline(known, now),
        kit.actions(
            "do", [kit.button("Refresh", ids.REFRESH, on), kit.button("Same customer as …", ids.JOIN, on)]
        ),
    ]
    return kit.modal("Customer details", blocks, callback_id=ids.NOTICE_MODAL)


def join_customer(case: Case) -> kit.Json:
    """Return the window that asks for another address of the same customer."""
    hint = "The address or number is joined with this customer: one history, one set of facts."
    asked = kit.line_input(ids.ADDRESS, ids.ADDRESS, "Which address or number is theirs, too?", hint)
    return kit.modal(
        "Same customer as …",
        [asked],
        callback_id=ids.JOIN_MODAL,
        submit="Join",
        metadata=target(case).encode(),
    )


def typed_address(state: kit.Json) -> str:
    """Read that window back."""
    return (state.get(ids.ADDRESS, {}).get(ids.ADDRESS, {}).get("value") or "").strip()


def _known(known: KnownCustomer) -> list[Block]:
    """List the facts by who says so; of a source without a record what it said last."""
    told = {record.source: record.facts for record in known.records}
    for fact in known.case.customer.facts:
        told.setdefault(fact.source, ())
        if fact.source not in {record.source for record in known.records}:
            told[fact.source] = (*told[fact.source], fact)
    sections = []
    for number, (source, facts) in enumerate(told.items(), 1):
        if facts:
            title = parts.bold(text.cut(text.one_line(source), 40)) if source else "*Known*"
            lines = "\n".join(_fact(fact) for fact in facts[:_FACTS])
            sections.append(
                kit.section(f"facts-{number}", text.cut_marked(f"{title}\n{lines}", text.SECTION_MAX))
            )
    return sections


def _fact(fact: Fact) -> str:
    said = text.escape(text.cut(text.one_line(fact.text), 200))
    return f"• {said}{'  _(internal)_' if fact.internal else ''}"


def _addresses(known: KnownCustomer) -> list[Block]:
    """Name where else the customer is reached; each can be taken away again."""
    on = target(known.case)
    return [
        kit.with_button(
            f"address-{number}",
            f"{parts.channel_mark(one.channel)}  {text.escape(text.cut(text.one_line(_address(one)), 120))}",
            "Another customer",
            ids.PART,
            ids.encode_customer(one.id, on),
        )
        for number, one in enumerate(known.reached_at[:_ADDRESSES], 1)
        if one.id != known.case.customer.id
    ]


def _address(customer: Customer) -> str:
    return (
        (customer.email or customer.name or "a visitor")
        if customer.channel is Channel.CHAT
        else customer.address
    )


def _timeline(known: KnownCustomer, now: datetime) -> list[Block]:
    lines = sorted(_happened(known, now), key=lambda pair: pair[0], reverse=True)
    shown = "\n".join(line for _, line in lines[:_TIMELINE])
    more = f"\n_and {len(lines) - _TIMELINE} more_" if len(lines) > _TIMELINE else ""
    whole = text.cut_marked(f"*Timeline*\n{shown}{more}", text.SECTION_MAX)
    return [kit.section("timeline", whole)] if lines else []


def _happened(known: KnownCustomer, now: datetime) -> Iterator[tuple[datetime, str]]:
    for talk in known.conversations:
        yield talk.created_at, _talk(talk, known.case.conversation, now)
    for record in known.records:
        for entry in record.entries:
            yield entry.at or _LONG_AGO, _entry(entry, record, now)


def _talk(talk: Conversation, this: Conversation, now: datetime) -> str:
    subject = text.escape(text.cut(text.one_line(hidden(talk.subject)) or "no subject", 80))
    here = " (this one)" if talk.id == this.id else ""
    said = f"{parts.channel_word(talk.channel)}: {subject}{here}, {talk.status}"
    return f"{text.clock(talk.created_at, now)}  {said}"


def _entry(entry: Entry, record: CustomerRecord, now: datetime) -> str:
    title = text.cut(text.one_line(entry.title) or "no title", 80)
    shown = text.link(entry.link, title) if entry.link else text.escape(title)
    state = text.escape(text.cut(text.one_line(entry.state), 40))
    words = f"{text.escape(record.source)} {text.escape(entry.kind)}: {shown}{state and f', {state}'}"
    when = f"{text.clock(entry.at, now)}  " if entry.at is not None else ""
    return f"{when}{words if not entry.open else f'*open* {words}'}"
