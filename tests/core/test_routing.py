"""Which workspace gets what a message begins: by the address it is to, else by its channel."""

import pytest

from bot.core.model import Channel, Inbound
from bot.core.routing import MAIN, Routes

ROUTES = Routes({"help@south.example": "T2", "+442079460101": "T3", "chat": "T4"})


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
        (to(Channel.SMS, to="+442079460100"), None, MAIN),
        (to(Channel.CHAT), None, "T4"),
        (to(Channel.EMAIL, to=["chat"]), "T4", "T4"),
    ],
)
def test_who_gets_it(inbound: Inbound, named: str | None, workspace: str) -> None:
    assert (ROUTES.named(inbound), ROUTES.of(inbound)) == (named, workspace)


def test_where_nothing_is_routed_everything_is_the_main_ones() -> None:
    assert Routes().of(to(Channel.EMAIL, to=["help@south.example"])) == MAIN
    assert Routes().named(to(Channel.EMAIL, to=["help@south.example"])) is None
