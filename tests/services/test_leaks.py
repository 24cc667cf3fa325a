"""What one customer's answer is made of is never another's: random histories of two customers, one of whom may lie.

Everything that anybody writes, and everything that is known of somebody, carries a mark that says whose it is. What
the answerer is asked, and what leaves, is searched for marks.
"""

import asyncio
import random
import re
from dataclasses import dataclass, field, replace

from bot.core.context import Fact
from bot.core.model import Case, Channel, Message, Mode, Proposal, Rules, Sender
from bot.core.ports.answering import Question
from bot.services.drafting import propose
from tests import builders
from tests.services.conftest import World

HISTORIES = 10_000
STORED = 6
PEOPLE = ("ada", "ben")
RULES = Rules(mode=Mode.AUTO)
_MARK = re.compile(r"\b(ada|ben)_(said|told|personal|open|internal)_\d+\b")


@dataclass
class Echo:
    """An answerer that says all it was told: the worst that a model could do."""

    asked: list[Question] = field(default_factory=list)

    async def answer(self, question: Question) -> Proposal:
        self.asked.append(question)
        return Proposal(text=everything_in(question), confidence=0.99)


def everything_in(question: Question) -> str:
    history = (text for _, text in question.history)
    facts = (fact.text for fact in question.facts)
    return "\n".join((*question.texts, question.subject, question.customer_name, *history, *facts))


@dataclass
class Told:
    """One conversation with one customer, as a random history has made it. `wrote` are marks of others in it."""

    owner: str
    messages: list[Message] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    wrote: set[str] = field(default_factory=set)

    @property
    def case(self) -> Case:
        customer = builders.customer(address=f"{self.owner}@x.example", name=f"{self.owner}_personal_0")
        customer = replace(customer, known=True, facts=tuple(self.facts))
        talk = builders.conversation(id=self.owner, customer_id=customer.id, turn=len(self.messages))
        return builders.case(conversation=talk, customer=customer, messages=tuple(self.messages))

    def write(self, text: str, check: str) -> None:
        given = {"conversation_id": self.owner, "seq": len(self.messages) + 1, "turn": len(self.messages) + 1}
        self.messages.append(builders.message(content=text, metadata={"sender_check": check}, **given))

    def answer(self, text: str) -> None:
        given = {"conversation_id": self.owner, "seq": len(self.messages) + 1, "turn": len(self.messages)}
        self.messages.append(builders.message(content=text, sender=Sender.AI, **given))


def wrong(question: Question, told: Told, case: Case) -> list[str]:
    """Return the marks that must not be in a question about this conversation."""
    checks = [one.sender_check for one in case.unanswered]
    doubted, proven = "fail" in checks, set(checks) == {"pass"}
    found = []
    for mark in _MARK.finditer(everything_in(question)):
        owner, kind = mark.groups()
        allowed = mark[0] in told.wrote or (
            owner == told.owner
            and kind != "internal"
            and (kind != "personal" or proven)
            and (kind not in {"told", "open"} or not doubted)
        )
        if not allowed:
            found.append(mark[0])
    return found


async def lived(chance: random.Random) -> tuple[int, list[str]]:
    """Live through one history; return how many questions there were, and what leaked."""
    desk, echo, leaked = {name: Told(name) for name in PEOPLE}, Echo(), []
    for number in range(1, chance.randint(2, 7)):
        told, other = (desk[name] for name in chance.sample(PEOPLE, 2))
        match chance.choice(("write", "write", "lie", "guess", "answer", "learn")):
            case "write":
                told.write(f"{told.owner}_said_{number}", chance.choice(("pass", "pass", "")))
            case "lie" | "guess" as how:
                mark = f"{other.owner}_said_{number}"
                told.wrote.add(mark)
                told.write(mark, "fail" if how == "lie" else "")
            case "answer":
                told.answer(f"{told.owner}_told_{number}")
                continue
            case "learn":
                kind = chance.choice(("personal", "open", "internal"))
                text = f"{told.owner}_{kind}_{number}"
                told.facts.append(Fact(text, text, personal=kind == "personal", internal=kind == "internal"))
                continue
        case = told.case
        await propose(echo, case, RULES)
        leaked += wrong(echo.asked[-1], told, case)
    return len(echo.asked), leaked


def test_ten_thousand_histories_of_two_customers_leak_nothing() -> None:
    chance = random.Random(2026)

    async def all_of_them() -> tuple[int, list[str]]:
        lives = [await lived(chance) for _ in range(HISTORIES)]
        return sum(asked for asked, _ in lives), [mark for _, leaked in lives for mark in leaked]

    asked, leaked = asyncio.run(all_of_them())
    assert asked > HISTORIES
    assert leaked == []


def test_a_leak_would_be_found() -> None:
    told = Told("ada")
    told.write("ada_said_1", "")
    question = Question(texts=("ada_said_1", "ben_said_2"), channel=Channel.EMAIL)
    assert wrong(question, told, told.case) == ["ben_said_2"]
    assert wrong(replace(question, texts=("ada_personal_3",)), told, told.case) == ["ada_personal_3"]
    assert wrong(replace(question, texts=("ada_internal_3",)), told, told.case) == ["ada_internal_3"]


async def test_what_leaves_through_the_database_is_each_ones_own(world: World) -> None:
    """The same with real stores: both write in turn, and an answerer that tells all it knows sends by itself."""
    chance, echo = random.Random(7), Echo()
    world.answerer.answer = echo.answer  # type: ignore[method-assign]
    for life in range(STORED):
        for number in range(4):
            who = chance.choice(PEOPLE)
            channel = chance.choice((Channel.EMAIL, Channel.SMS))
            given = {"address": f"{who}{life}@x.example", "name": f"{who}_said_{life}", "channel": channel}
            await world.arrive(f"How do I return it? {who}_said_{number}", **given)
    assert len(world.channel.sent) > STORED
    for sent in world.channel.sent:
        marks = {mark[1] for mark in _MARK.finditer(sent.delivery.text)}
        assert marks == {sent.delivery.address[:3]}
