"""Behind reverse proxies: where a request comes from is what a proxy of ours says, and nobody else."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

Network = IPv4Network | IPv6Network

_HEADER = "X-Forwarded-For"


def behind(proxies: Sequence[Network]) -> Middleware:
    """Return a middleware that gives requests through `proxies` the address of their sender (`request.remote`)."""

    @web.middleware
    async def told_by_proxies(request: web.Request, handler: Handler) -> web.StreamResponse:
        sender = sender_of(request.remote or "", request.headers.getall(_HEADER, []), proxies)
        return await handler(request if sender == request.remote else request.clone(remote=sender))

    return told_by_proxies


def sender_of(peer: str, forwarded: Sequence[str], proxies: Sequence[Network]) -> str:
    """Return the last address, from the peer backwards, that is no proxy of ours.

    Each proxy appends whom it heard from, so what stands before the first stranger is only the stranger's word.
    """
    sender = peer
    for hop in reversed([part.strip() for line in forwarded for part in line.split(",")]):
        if not _is_ours(sender, proxies) or not _is_address(hop):
            break
        sender = hop
    return sender


def _is_ours(address: str, proxies: Sequence[Network]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
