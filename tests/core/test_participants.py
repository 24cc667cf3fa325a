"""Who takes part in a conversation, and who gets copies."""

from typing import Any

import pytest

from bot.core.model import Channel, Sender
from bot.core.participants import MOST_COPIES, in_copy, people_of, takes_part
from tests.builders import case, conversation, customer, message

ADA = "ada@customer.example"


def mail(seq: int = 1, *, sender: str = ADA, **said: Any):
    return message(seq=seq, metadata={"from": sender, **said})


def test_who_began_wrote_or_was_named_takes_part() -> None:
    talk = case(
        messages=(
            mail(people=["ben@customer.example"]),
            mail(2, sender="carl@customer.example", cc=["dora@customer.example"]),
            message(seq=3, sender=Sender.AGENT, metadata={"cc": ["ours@northwind.example"]}),
        ),
        customer=customer(email="home@customer.example"),
    )
    for address in (ADA, "ben@customer.example", "carl@customer.example", "dora@customer.example"):
        assert takes_part(talk, address)
    assert takes_part(talk, "home@customer.example")
    for address in ("eve@customer.example", "ours@northwind.example", ""):
        assert not takes_part(talk, address)


def test_copies_go_to_whom_the_customers_newest_mail_went_to() -> None:
    talk = case(
        messages=(
            mail(people=["ben@customer.example"]),
            mail(2, people=["carl@customer.example", ADA, "carl@customer.example"]),
            mail(3, sender="carl@customer.example", people=["eve@elsewhere.example"]),
            mail(4, people=["machine@customer.example"], automatic="out-of-office reply"),
        )
    )
    assert in_copy(talk) == ("carl@customer.example",)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"people": ["ben@customer.example"], "sender_check": "fail"},
        {"people": [f"p{n}@customer.example" for n in range(MOST_COPIES + 1)]},
    ],
)
def test_nobody_gets_a_copy_where_that_is_not_safe(said: dict[str, Any]) -> None:
    assert in_copy(case(messages=(mail(**said),))) == ()


def test_only_mail_has_copies() -> None:
    chat = conversation(channel=Channel.CHAT)
    assert in_copy(case(conversation=chat, messages=(mail(people=["ben@customer.example"]),))) == ()
    assert in_copy(case(messages=())) == ()


def test_older_messages_name_only_who_was_in_copy() -> None:
    assert people_of(mail(cc=["ben@customer.example"])) == ["ben@customer.example"]
