"""Memory that is free goes back to the system.

Learning from the articles takes arrays of some 20 MB for a moment. Left alone, glibc keeps holes of that size for as
long as the process lives, in an arena for each thread: a fifth of what an idle app holds. Other C libraries have
neither function, nor the fault.
"""

import ctypes

_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h.


def share_one_arena() -> None:
    """Let all threads take memory from one place, before there are any: Python's lock keeps them apart anyway."""
    _call("mallopt", _ARENA_MAX, 1)


def give_back() -> None:
    """Return what freed arrays have left to the system."""
    _call("malloc_trim", 0)


def _call(name: str, *arguments: int) -> None:
    function = getattr(ctypes.CDLL(None), name, None)
    if function is not None:
        function(*arguments)
