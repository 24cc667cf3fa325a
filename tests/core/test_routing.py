"""Which workspace gets what a message begins: by the address it is to, else by its channel."""

import pytest

from bot.core.model import Channel, Inbound
from bot.core.routing import MAIN, Routes

ROUTES = Routes({"help@north.example": MAIN, "help@south.example": "T2", "+442079460101": "T3", "chat": "T4"})
OURS, SOUTH = "help@north.example", "help@south.example"


def to(channel: Channel, **metadata: object) -> Inbound:
    return Inbound(channel, "1", "ada@customer.example", "hi", metadata=metadata)


@pytest.mark.parametrize(
    ("inbound", "named", "workspace"),
    [
        (to(Channel.EMAIL), None, MAIN),
        (to(Channel.EMAIL, to=["help@north.example"]), None, MAIN),
        (to(Channel.EMAIL, to=["Help@South.example"]), "T2", "T2"),
        (to(Channel.EMAIL, to=["x@y.example"], cc=["help@south.example"]), "T2", "T2"),
        (to(Channel.EMAIL, envelope_to=["help@south.example"], to=["list@y.example"]), "T2", "T2"),
        (to(Channel.SMS, to="+442079460101"), "T3", "T3"),
        (to(Channel.SMS, to="+442079460100"), MAIN, MAIN),
        (to(Channel.SMS, to="whatsapp:+442079460101"), "T3", "T3"),
        (to(Channel.SMS), None, MAIN),
        # What everybody reads counts first, in its order.
        (to(Channel.EMAIL, addressed=[OURS, SOUTH], to=[OURS], envelope_to=[SOUTH]), MAIN, MAIN),
        (to(Channel.EMAIL, addressed=["x@y.example", SOUTH, OURS], to=["x@y.example", OURS]), "T2", "T2"),
        # All mail may come through the mailbox of the main one.
        (to(Channel.EMAIL, addressed=["x@y.example"], envelope_to=[OURS], to=[OURS, SOUTH]), "T2", "T2"),
        (to(Channel.CHAT), None, "T4"),
        (to(Channel.EMAIL, to=["chat"]), "T4", "T4"),
    ],
)
def test_who_gets_it(inbound: Inbound, named: str | None, workspace: str) -> None:
    assert (ROUTES.named(inbound), ROUTES.of(inbound)) == (named, workspace)


def test_what_has_no_number_of_its_own_goes_on_at_the_main_ones() -> None:
    assert [ROUTES.parts(MAIN, one) for one in ("T2", "T3", MAIN)] == [False, True, False]
    assert [ROUTES.parts("T3", one) for one in ("T2", "T3", MAIN)] == [False, False, True]
    assert not ROUTES.parts(None, "T3")
    assert [ROUTES.number_of(one) for one in ("T2", "T3", MAIN)] == ["", "+442079460101", ""]


def test_where_nothing_is_routed_everything_is_the_main_ones() -> None:
    assert Routes().of(to(Channel.EMAIL, to=["help@south.example"])) == MAIN
    assert Routes().named(to(Channel.EMAIL, to=["help@south.example"])) is None
