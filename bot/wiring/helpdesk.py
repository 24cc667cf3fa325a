"""What a help desk adds to the app: a channel, jobs that keep it in step, and what it calls."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from aiohttp import web

from bot.core.errors import Misconfigured
from bot.core.model import Channel
from bot.core.ports.breakers import Breaker
from bot.core.ports.channels import OutboundChannel
from bot.core.ports.customers import CustomerSource
from bot.process.schedule import Tick
from bot.services.intake import Intake
from bot.settings.crm import ZendeskSettings
from bot.wiring.backend import Backend


@dataclass(frozen=True)
class HelpDesk:
    """Ways to customers, handlers of the `sync` lane, routes, periodic work, who knows customers; all may be none."""

    lines: Mapping[Channel, OutboundChannel] = field(default_factory=dict)
    sync: Mapping[str, Callable[..., Awaitable[None]]] = field(default_factory=dict)
    routes: Sequence[web.RouteDef] = ()
    periodic: Sequence[Tick] = ()
    sources: Sequence[CustomerSource] = ()


def help_desk(
    settings: ZendeskSettings | None,
    backend: Backend,
    intake: Intake,
    contents: Callable[[str], Awaitable[bytes | None]],
    breaker: Breaker,
    stack: AsyncExitStack,
) -> HelpDesk:
    """Return what Zendesk adds, closed with `stack`. Raises Misconfigured where its package is missing."""
    if settings is None:
        return HelpDesk()
    check_installed()
    from bot.wiring.zendesk import (
        zendesk_desk,
    )  # With the package for Zendesk only, which has another licence.

    return zendesk_desk(settings, backend, intake, contents, breaker, stack)


def check_installed() -> None:
    """Raises Misconfigured where the package for Zendesk is missing."""
    try:
        import zenpy  # noqa: F401
    except ImportError as error:
        raise Misconfigured(
            "ZENDESK_URL is set, but the package zenpy (GPLv3) is not installed: pip install 'threadpilot[zendesk]'."
        ) from error
