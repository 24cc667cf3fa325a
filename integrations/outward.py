"""Calls to addresses that somebody else chose: only to the public internet.

The address is looked at where the socket is made, after every name was resolved and every redirect followed, so that
neither a name that leads inside nor one that changes its mind in between gets through.
"""

import socket
from ipaddress import IPv6Address, ip_address

import aiohttp
from aiohttp.connector import AddrInfoType


def public_only(address: AddrInfoType) -> socket.socket:
    """Make a socket towards a public address; raises OSError for any other: private, loopback, link-local, shared."""
    family, kind, protocol, _, target = address
    if not is_public(str(target[0])):
        raise OSError(f"{target[0]} is no public address")
    return socket.socket(family, kind, protocol)


def is_public(host: str) -> bool:
    """Tell whether an IP address belongs to the public internet; one within an IPv6 address counts as itself."""
    address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None and not inner.is_global:
            return False
    return address.is_global and not address.is_multicast


def public_connector() -> aiohttp.TCPConnector:
    """Return a connector that reaches the public internet and nothing else."""
    return aiohttp.TCPConnector(socket_factory=public_only)
