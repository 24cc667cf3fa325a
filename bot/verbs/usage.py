"""Wrong usage of the command line, told by the verb that it was said to."""

import argparse
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any


class Usage(argparse.ArgumentParser):
    """A parser that names the nearest option for one it does not have, below its own usage.

    argparse leaves what a verb does not know to the parser above, whose usage says nothing of the verb's options.
    """

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Read the arguments; ends the process where one is not known."""
        found, left = super().parse_known_args(args, namespace)
        if left:
            self.error(f"unrecognized arguments: {' '.join(left)}{self._meant(left)}")
        return found, left

    def _meant(self, left: Iterable[str]) -> str:
        options = tuple(self._option_string_actions)
        near = [match for one in left if one.startswith("-") for match in _nearest(one, options)]
        return f" (did you mean {' '.join(near)}?)" if near else ""


def _nearest(option: str, options: Sequence[str]) -> list[str]:
    return get_close_matches(option.partition("=")[0], options, n=1)
