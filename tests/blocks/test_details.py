"""Who knows the customer: the line on the card, and the window with everything there is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from blocks.card import root_card
from blocks.details import customer_details, join_customer
from bot.core.context import CustomerRecord, Entry, Fact, Look, Outcome
from bot.core.identity import KnownCustomer
from bot.core.model import Channel
from sandbox.slack.validate import block_problems
from tests import builders as b
from tests.blocks.cases import NOW
from tests.blocks.hostile import HOSTILE, check
from tests.blocks.states import STATES

LINK = "https://acme.my.salesforce.com/003"
GOLD = Fact("plan", "Gold since 2021", "Salesforce", NOW, "Plan")
RISK = Fact("risk", "At risk", "Salesforce", NOW, internal=True)


def shown(*looks: Look, **values: object) -> dict[str, str]:
    case = STATES["waiting"]
    unproven = tuple(replace(message, metadata={}) for message in case.messages)
    customer = replace(case.customer, looks=looks, verified=False, **values)
    case = replace(case, customer=customer, messages=unproven)
    _, blocks = root_card(case, threshold=0.9, now=NOW)
    return {
        block["block_id"]: block["elements"][0].get("text", "")
        for block in blocks
        if block["type"] == "context"
    }


@pytest.mark.parametrize(
    ("look", "line"),
    [
        (Look("Salesforce", Outcome.FOUND, NOW, link=LINK), f"<{LINK}|Salesforce>"),
        (Look("Salesforce", Outcome.FOUND, NOW), "Salesforce"),
        (Look("Salesforce", Outcome.FOUND, NOW - timedelta(hours=2)), "Salesforce (2 h old)"),
        (Look("Salesforce", Outcome.NOBODY, NOW), "customer unknown to Salesforce"),
        (
            Look("Salesforce", Outcome.SEVERAL, NOW, "3 customers match"),
            "*Salesforce: 3 customers match*, so nothing of it is shown",
        ),
        (
            Look("Salesforce", Outcome.MISSING, NOW, "no answer in time"),
            "*Salesforce gave no answer*: no answer in time",
        ),
    ],
)
def test_the_card_says_who_knows_the_customer(look: Look, line: str) -> None:
    assert shown(look)["looks"] == line


def test_facts_that_stand_in_for_missing_ones_say_from_when_they_are() -> None:
    missing = Look("Salesforce", Outcome.MISSING, NOW, "it is down")
    old = replace(GOLD, at=NOW - timedelta(days=2))
    assert shown(missing, facts=(old,))["looks"].endswith("it is down (shown as of 2 d ago)")


def test_without_sources_there_is_no_such_line() -> None:
    assert "looks" not in shown()


def test_the_card_says_why_answers_use_nothing_personal() -> None:
    assert shown(facts=(GOLD,))["facts"].endswith(
        "*not verified*: the mail proves no sender, so answers use nothing personal"
    )
    assert shown(facts=(RISK,))["facts"].endswith("*not verified*")


def test_more_facts_than_fit_are_counted() -> None:
    assert (
        "2 more in the details"
        in shown(facts=tuple(replace(GOLD, text=f"Fact {n}") for n in range(10)))["facts"]
    )


def test_facts_of_an_answer_are_named_as_its_sources() -> None:
    case = STATES["waiting"]
    draft = replace(case.draft, proposal=replace(case.draft.proposal, facts=(GOLD,)))
    _, blocks = root_card(replace(case, draft=draft), threshold=0.9, now=NOW)
    (sources,) = [block for block in blocks if block["block_id"] == "sources"]
    assert sources["elements"][0]["text"].endswith("Salesforce: Gold since 2021")


# --- the window -----------------------------------------------------------------------------------------


def everything() -> KnownCustomer:
    case = STATES["waiting"]
    look = Look("Salesforce", Outcome.FOUND, NOW, link=LINK)
    case = replace(case, customer=replace(case.customer, looks=(look,), facts=(GOLD, RISK)))
    entries = (
        Entry("case", "00001026 Broken pole", NOW - timedelta(days=1), "Working", LINK, open=True),
        Entry("task", "Call", None, "Completed"),
    )
    record = CustomerRecord("Salesforce", NOW, facts=(GOLD, RISK), entries=entries)
    earlier = b.conversation(id="c2", subject="Old matter", created_at=NOW - timedelta(days=3))
    sms = b.customer(channel=Channel.SMS, address="+442079460101")
    visitor = b.customer(channel=Channel.CHAT, address="5f3a", name="")
    return KnownCustomer(case, (case.customer, sms, visitor), (case.conversation, earlier), (record,))


def texts(view: dict) -> str:
    return "\n".join(str(block) for block in view["blocks"])


def test_the_window_shows_facts_addresses_and_a_timeline_newest_first() -> None:
    said = texts(customer_details(everything(), NOW))
    assert "• Gold since 2021\\n• At risk  _(internal)_" in said
    assert "+442079460101" in said
    assert "a visitor" in said
    order = ["(this one)", "00001026 Broken pole", "Old matter", "Call"]
    assert sorted(order, key=said.index) == order
    assert f"*open* Salesforce case: <{LINK}|00001026 Broken pole>, Working" in said


def test_what_is_known_stays_readable_while_a_source_is_away() -> None:
    known = replace(everything(), records=())
    assert "• Gold since 2021" in texts(customer_details(known, NOW))


def test_a_stranger_has_a_window_too() -> None:
    case = replace(STATES["waiting"], customer=b.customer(name=""))
    assert "Not verified" in texts(customer_details(KnownCustomer(case), NOW))


def test_a_verified_customer_is_said_to_be_one() -> None:
    case = replace(STATES["waiting"], customer=b.customer(verified=True))
    assert "Identity verified" in texts(customer_details(KnownCustomer(case), NOW))


@pytest.mark.parametrize("kind", HOSTILE)
def test_whatever_a_crm_says_the_window_holds(kind: str) -> None:
    said = HOSTILE[kind]
    fact = Fact(said, said, said, NOW, said)
    entry = Entry(said, said, NOW, said, "https://x.example/" + said, open=True)
    record = CustomerRecord(said, NOW, name=said, facts=(fact,) * 30, entries=(entry,) * 40)
    look = Look(said, Outcome.MISSING, NOW, said, said)
    case = STATES["waiting"]
    customer = replace(
        case.customer, name=said, company=said, address=said, facts=(fact,) * 30, looks=(look,)
    )
    other = replace(b.customer(channel=Channel.SMS), address=said)
    talk = b.conversation(subject=said)
    known = KnownCustomer(replace(case, customer=customer), (other,) * 30, (talk,) * 20, (record,))
    for view in (customer_details(known, NOW), join_customer(known.case)):
        assert not block_problems(view["blocks"], "modal")
        check(view)
