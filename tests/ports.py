"""Ports for processes that tests start and kill."""

import itertools
import os
import random
import socket

# Below those that the system gives to outgoing connections: one of these could be taken before its process listens.
_RANGE = range(20_000, 32_000)
_candidates = itertools.cycle(random.Random(os.getpid()).sample(_RANGE, len(_RANGE)))


def free_port() -> int:
    """Return a port of this machine that nobody listens on; not the same one again soon."""
    for port in _candidates:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("unreachable: the candidates never end")
