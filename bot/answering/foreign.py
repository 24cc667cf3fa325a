"""What customers of any company ask and help centres rarely answer: jobs, small talk, offers, tests.

The classifier learns from these, and from the company's own (`knowledge.NO_ARTICLE`), what to keep its hands off.
"""

from functools import cache
from importlib.resources import files


@cache
def common() -> tuple[str, ...]:
    """Return the shipped questions, none of them about a certain company."""
    return tuple((files("bot.answering") / "foreign.txt").read_text(encoding="utf-8").splitlines())
