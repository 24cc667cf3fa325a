"""Ports for processes that tests start and kill."""

import fcntl
import itertools
import os
import random
import socket
import tempfile
from pathlib import Path

# Below those that the system gives to outgoing connections: one of these could be taken before its process listens.
_RANGE = range(20_000, 32_000)
_candidates = itertools.cycle(random.Random(os.getpid()).sample(_RANGE, len(_RANGE)))
# Each byte of this file stands for a port. Who locks it has the port, until its process ends: of several processes
# that run tests at the same time, two could find the same port free before either listens.
_claims = (Path(tempfile.gettempdir()) / f"threadpilot-test-ports-{os.getuid()}").open("w")


def free_port() -> int:
    """Return a port of this machine that nobody listens on or has been given; not the same one again soon."""
    for port in _candidates:
        if is_free(port):
            return port
    raise AssertionError("unreachable: the candidates never end")


def is_free(port: int) -> bool:
    """Claim a port for this process, and tell whether it may have it."""
    try:
        fcntl.lockf(_claims, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True
