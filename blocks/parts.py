"""The parts of a card, each a function of the case: who, their words, the answer, why, and from where."""

from collections.abc import Sequence
from datetime import date, datetime

from slackblocks import Block

from blocks import kit, reading, text
from bot.answering.secrets import hidden
from bot.core.context import Fact
from bot.core.identity import FORGED, kept_back, unverified
from bot.core.model import (
    Case,
    Channel,
    Customer,
    Evidence,
    Message,
    Proposal,
    Source,
)
from bot.core.participants import in_copy, people_of
from bot.core.policy import percent
from bot.core.sms import LONGEST, as_text_message, segments
from bot.core.speech import is_aside, to_quote

_CHANNELS = {
    Channel.EMAIL: ":email: e-mail",
    Channel.CHAT: ":speech_balloon: chat",
    Channel.SMS: ":iphone: text message",
    Channel.PHONE: ":telephone_receiver: phone",
    Channel.ZENDESK: ":ticket: Zendesk",
}
_WORDS_MAX = 1200
_READ = 10 * _WORDS_MAX  # More of a text cannot matter for a quote of that length.
_EMPTY = "> _(empty message)_"
_WE_WROTE = "_Nothing from them yet: we wrote first._"
_CC = 5
_ANSWER_PARTS = 4
_REASONS = 3
_FACTS = 8


def channel_mark(channel: Channel) -> str:
    return _CHANNELS[channel]


def channel_word(channel: Channel) -> str:
    return _CHANNELS[channel].split(" ", 1)[1]


def bold(raw: str) -> str:
    """Make raw text bold; an asterisk of its own would end that early."""
    return f"*{text.escape(raw).replace('*', '∗')}*"


def who(case: Case) -> list[Block]:
    """Return the small lines about the customer; what is not known is left out."""
    customer = case.customer
    name = reading.customer_name(case)
    first = text.dotted(
        [
            channel_mark(case.conversation.channel),
            bold(name),
            text.escape(text.cut(text.one_line(customer.company), 80)),
            text.escape(text.cut(_besides(name, text.one_line(_reached_at(customer))), 120)),
        ]
    )
    return [kit.context("who", first), kit.context("facts", text.dotted(_facts(case, customer)))]


def _reached_at(customer: Customer) -> str:
    """Return what people would call this customer's address; a chat visitor's says nothing to them."""
    return customer.email if customer.channel is Channel.CHAT else customer.address


def _besides(name: str, address: str) -> str:
    """Return the address, unless they are called by it: systems that know no name make one of it."""
    return "" if address.lower() == name.lower() else address


def _facts(case: Case, customer: Customer) -> list[str]:
    known = _told_once(customer.facts)
    facts = [text.escape(text.cut(text.one_line(fact.text), 120)) for fact in known[:_FACTS]]
    more = f"{len(known) - _FACTS} more in the details" if len(known) > _FACTS else ""
    return [*facts, more, _history(case), _identity(case)]


def _told_once(facts: Sequence[Fact]) -> list[Fact]:
    """Leave out what stands there already: two systems, or a field and a tag, say `Plan: Silver` and `silver`."""
    first: dict[str, Fact] = {}
    for fact in facts:
        first.setdefault(fact.text.strip().casefold(), fact)
    named = {value.strip() for said in first for _, colon, value in [said.partition(":")] if colon}
    return [fact for said, fact in first.items() if said not in named]


def _identity(case: Case) -> str:
    doubt = unverified(case)
    if not doubt:
        return "identity verified"
    if doubt == FORGED:
        return f"*{doubt}*"
    told = ": " + doubt + ", so answers use nothing personal" if kept_back(case) else ""
    return f"*not verified*{told}"


def identity(messages: Sequence[Message]) -> list[Block]:
    """Warn of a sender who may be forged, and tell where answers go when that is not where the mail came from."""
    doubted = next((m for m in reversed(messages) if m.sender_check == "fail"), None)
    lines = []
    if doubted is not None:
        verdict = text.escape(text.cut(text.one_line(str(doubted.metadata.get("verdict") or "")), 200))
        lines.append(f":rotating_light: *The sender may be forged:* {verdict}. Give away nothing personal.")
    lines += [_handed_on(m) for m in messages if m.metadata.get("forwarded_by")]
    lines += [_elsewhere(*pair) for pair in dict.fromkeys(map(_from_and_to, messages)) if all(pair)]
    return [kit.context("identity", "\n".join(lines))] if lines else []


def copies(case: Case) -> list[Block]:
    """Name who takes part besides the customer, and say whether answers go there."""
    people = dict.fromkeys(one for m in reading.question(case) for one in people_of(m))
    if not people:
        return []
    copied = in_copy(case)
    said = "an agent's answer goes there too" if copied else "answers do not go there"
    them = f":busts_in_silhouette: in copy: {names(copied or tuple(people))}"
    return [kit.context("copies", text.dotted([them, said]))]


def names(people: Sequence[str]) -> str:
    """List a few people's addresses, and count the others."""
    shown = [text.escape(text.cut(text.one_line(one), 80)) for one in people[:_CC]]
    return f"{', '.join(shown)}{f' and {len(people) - _CC} more' if len(people) > _CC else ''}"


def _handed_on(message: Message) -> str:
    """Say which of us has forwarded the customer's mail, and what they say about it."""
    agent = bold(text.cut(text.one_line(str(message.metadata["forwarded_by"])), 120))
    said = text.one_line(str(message.metadata.get("forwarded_with") or ""))
    comment = f": “{text.escape(text.cut(said, 300))}”" if said else ""
    return f":fast_forward: Forwarded by {agent}{comment}"


def _from_and_to(message: Message) -> tuple[str, str]:
    """Return who wrote and where answers go, nothing when these are the same."""
    sender, answered = (str(message.metadata.get(key) or "") for key in ("header_from", "from"))
    return (sender, answered) if sender != answered and "forwarded_by" not in message.metadata else ("", "")


def _elsewhere(sender: str, answered: str) -> str:
    shown = [bold(text.cut(text.one_line(one), 120)) for one in (answered, sender)]
    return f":leftwards_arrow_with_hook: Answers go to {shown[0]}, as {shown[1]} asks (Reply-To)"


def _history(case: Case) -> str:
    if not case.earlier:
        return "first conversation"
    plural = "s" if case.earlier > 1 else ""
    waiting = f", *{case.chasing} of them still open*" if case.chasing else ""
    return f"{case.earlier} earlier conversation{plural}{waiting}"


def words(messages: Sequence[Message]) -> tuple[str, bool]:
    """Quote the customer's newest words; the flag tells whether anything had to be left out."""
    shown: list[str] = []
    room = _WORDS_MAX
    for message in reversed(to_quote(messages)):
        first, *rest = quote(message, max(room, 200))
        if shown and (rest or room <= 0):
            return "\n\n".join(shown), True
        shown.insert(0, first)
        room -= len(first)
        if rest:
            return "\n\n".join(shown), True
    return "\n\n".join(shown) or (_EMPTY if messages else _WE_WROTE), False


def quote(message: Message, limit: int) -> list[str]:
    """Return a message as quotes of at most `limit` characters; what only tells of a recording is none."""
    if is_aside(message):
        return [f"_{text.escape(text.cut(text.one_line(reading.said(message)), 200))}_"]
    return text.quoted(reading.said(message)[:_READ], limit) or [_EMPTY]


def received(case: Case) -> list[Block]:
    """Show the answer that went out before somebody was asked to look."""
    delivery = reading.received(case)
    if delivery is None:
        return []
    return [kit.context("got", "_The customer got this answer:_"), *answer("answer", delivery.text)]


def strangers(case: Case, messages: Sequence[Message]) -> list[Block]:
    """Say whose words these are when they came from another address than the customer's."""
    others = dict.fromkeys(filter(None, (reading.stranger(case, message) for message in messages)))
    if not others:
        return []
    who = ", ".join(bold(address) for address in others)
    return [kit.context("from", f":warning: Written by {who}, not by {bold(reading.customer_name(case))}")]


def stopped(case: Case) -> list[Block]:
    """Say that nothing may be texted to this customer."""
    if not case.opted_out:
        return []
    said = ":no_entry_sign: *Texted STOP:* nothing can be sent to this number until they text START"
    return [kit.context("stopped", said)]


def as_sent(case: Case, answer: str, sources: Sequence[Source] = ()) -> list[Block]:
    """Say what becomes of an answer that leaves as a text message."""
    if case.conversation.channel not in {Channel.SMS, Channel.PHONE}:
        return []
    return [kit.context("segments", f"_{text_message(as_text_message(answer, sources, shorten=False))}_")]


def text_message(words: str) -> str:
    """Word the size of a text message, and what is wrong with it."""
    cost = segments(words)
    count = f"{cost.count} segment{'s'[: cost.count > 1]}"
    size = f"As a text message: {count} ({cost.alphabet}, {len(words):,} characters)"
    return size if len(words) <= LONGEST else f"{size}; more than the {LONGEST:,} that can be sent"


def answer(name: str, raw: str) -> list[Block]:
    """Show an answer as the customer gets it: whole, as far as a message can hold it."""
    parts = text.pieces(raw, text.SECTION_MAX - 100)
    blocks = kit.sections(name, parts[:_ANSWER_PARTS])
    if len(parts) > _ANSWER_PARTS:
        blocks.append(kit.context(f"{name}-cut", "_Cut here: the answer is longer than a card can hold._"))
    return blocks


def answer_is_cut(raw: str) -> bool:
    return len(text.pieces(raw, text.SECTION_MAX - 100)) > _ANSWER_PARTS


def why(proposal: Proposal, threshold: str) -> Block:
    """Say how sure, against which threshold, and the strongest reasons for it."""
    sure = f"*{percent(proposal.confidence)}* sure  {text.bar(proposal.confidence)}  ({threshold})"
    return kit.context("why", "   ".join([sure, *_evidence(proposal.evidence)]))


def _evidence(evidence: Sequence[Evidence]) -> list[str]:
    strongest = sorted((e for e in evidence if e.weight), key=lambda e: -abs(e.weight))[:_REASONS]
    minus = next((e for e in strongest if e.weight < 0), None)
    return [_reason(e, strongest_minus=e is minus) for e in strongest]


def _reason(evidence: Evidence, *, strongest_minus: bool) -> str:
    said = text.cut(text.one_line(evidence.text).rstrip("."), 120)
    mark = ":heavy_plus_sign:" if evidence.weight > 0 else ":heavy_minus_sign:"
    return f"{mark}{text.NBSP}{bold(said) if strongest_minus else text.escape(said)}"


def threshold_now(threshold: float, *, by_hand: bool) -> str:
    """Word the threshold in force; where a person always sends, it only says what mode auto would do."""
    at = percent(threshold)
    return f"mode auto would send from {at}" if by_hand else f"sends by itself from {at}"


def sources(proposal: Proposal, today: date) -> list[Block]:
    """List the articles under the numbers by which the answer cites them, and what it says of the customer."""
    lines = [_source(source, today) for source in proposal.sources[:10]]
    lines += [
        f"{text.escape(fact.source)}: {text.escape(text.cut(fact.text, 80))}" for fact in proposal.facts[:5]
    ]
    return [kit.context("sources", "   ".join(lines))] if lines else []


def _source(source: Source, today: date) -> str:
    title = text.cut(text.one_line(source.title) or source.slug, 80)
    stale = source.review_by is not None and source.review_by < today
    age = f" _(review was due {source.review_by:%d %b %Y})_" if stale else ""
    return f"[{source.number}]{text.NBSP}{text.link(source.url, title)}{age}"


def reasons(case: Case, *codes_left_out: str) -> str:
    """Join all reasons of the newest decision on the current draft, private numbers in what they quote masked."""
    decision = case.decision
    found = decision.reasons if decision is not None else ()
    return text.dotted(
        text.escape(text.cut(hidden(r.text), 400)) for r in found if r.code not in codes_left_out
    )


def owner(case: Case) -> str:
    assignee = case.conversation.assignee
    return f"{text.person(assignee)} has it" if assignee else "nobody has it"


def written(case: Case, now: datetime) -> str:
    """Say when the newest words came: callers do not write."""
    did = "called" if case.conversation.channel is Channel.PHONE else "written"
    return f"{did} {wrote_at(case, now)}" if case.newest_inbound is not None else ""


def wrote_at(case: Case, now: datetime) -> str:
    newest = case.newest_inbound
    return text.clock(newest.created_at, now) if newest is not None else ""
