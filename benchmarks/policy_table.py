"""What becomes of the labelled tickets: the embedded answerer and the policy, in mode auto, without a model.

    python -m benchmarks.policy_table [--company FOLDER] [--threshold 0.9]

Prints, by what a careful team would do (`expected.action`), how many tickets are sent, wait for review, are escalated
and are ignored, and how many of the sent rest on another article than the expected one.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from benchmarks import tickets
from benchmarks.machine import machine
from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.knowledge import load_articles
from bot.core.model import (
    Action,
    Case,
    Channel,
    Conversation,
    Customer,
    Draft,
    Message,
    Mode,
    Rules,
    Sender,
    Status,
)
from bot.core.policy import decide
from bot.core.ports.answering import Question
from integrations.email.parse import parse

COMPANY = Path(__file__).parent.parent / "sandbox" / "company"


def said_in(ticket: tickets.Ticket) -> tuple[str, str]:
    """Return what a ticket says, and why a machine seems to have written it: a mail is read as one."""
    if ticket["channel"] != Channel.EMAIL:
        return ticket["text"], ""
    mail = EmailMessage()
    mail["From"], mail["Subject"] = ticket["from"], ticket.get("subject", "")
    mail.set_content(ticket["text"])
    read = parse(mail.as_bytes())
    return read.text, read.automatic


def case_of(ticket: tickets.Ticket, now: datetime) -> Case:
    """Make a ticket the first message of a conversation with somebody we do not know."""
    channel, name = Channel(ticket["channel"]), str(ticket["id"])
    customer = Customer(id=name, channel=channel, address=ticket["from"])
    conversation = Conversation(
        id=name,
        customer_id=name,
        channel=channel,
        address=ticket["from"],
        status=Status.WORKING,
        created_at=now,
        updated_at=now,
        turn=1,
        identified=True,
    )
    text, automatic = said_in(ticket)
    metadata = {"subject": ticket.get("subject", ""), "automatic": automatic}
    return Case(
        conversation, customer, (Message(name, name, 1, 1, Sender.CUSTOMER, text, now, metadata=metadata),)
    )


async def outcome(answerer: EmbeddedAnswerer, ticket: tickets.Ticket, rules: Rules) -> tuple[Action, bool]:
    """Return what becomes of a ticket, and whether its draft rests on every article it should."""
    now = datetime.now(UTC)
    case = case_of(ticket, now)
    said = tuple(message.content for message in case.messages)
    question = Question(said, case.conversation.channel, ticket.get("subject", ""))
    proposal = await answerer.answer(question)
    draft = Draft(f"draft-{ticket['id']}", case.conversation.id, 1, 1, proposal, now)
    return decide(case, draft, rules).action, tickets.is_right(proposal, ticket)


async def table(company: Path, threshold: float) -> tuple[Counter[tuple[str, Action]], Counter[str]]:
    """Count the outcomes by (expected action, action), and the wrong ones among the sent by expected action."""
    answerer = EmbeddedAnswerer(load_articles(company / "articles"), brand="Northwind")
    rules = Rules(mode=Mode.AUTO, auto_above=threshold)
    counts, wrong = Counter[tuple[str, Action]](), Counter[str]()
    for ticket in tickets.read(company / "tickets.jsonl"):
        expected = ticket["expected"]["action"]
        action, right = await outcome(answerer, ticket, rules)
        counts[expected, action] += 1
        wrong[expected] += action is Action.SEND and not right
    return counts, wrong


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--company", type=Path, default=COMPANY, help="folder with articles/ and tickets.jsonl"
    )
    parser.add_argument("--threshold", type=float, default=0.9, help="sends by itself from this confidence")
    options = parser.parse_args(argv)
    counts, wrong = asyncio.run(table(options.company, options.threshold))
    print(machine())
    print(
        f"{'expected':<10}{'n':>5}"
        + "".join(f"{action:>10}" for action in Action)
        + "   wrong among the sent"
    )
    for expected in dict.fromkeys(expected for expected, _ in counts):
        row = [counts[expected, action] for action in Action]
        print(f"{expected:<10}{sum(row):>5}" + "".join(f"{n:>10}" for n in row) + f"   {wrong[expected]}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
