"""Promises: money, gifts, guarantees, dates and admissions may be made only as an article makes them."""

import re
from collections.abc import Iterable, Mapping

from bot.answering.guardrails.draft import Checked, shortened
from bot.answering.guardrails.grounding import SUPPORT
from bot.answering.guardrails.numbers import numbers
from bot.answering.guardrails.statements import Statement, best_passages, statements
from bot.core.model import Flag


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(patterns) + r")\b", re.IGNORECASE)


KINDS: Mapping[str, re.Pattern[str]] = {
    "money": _any(
        r"refund(?:s|ed|ing)?|reimburse\w*|compensat\w+|money back|pay (?:you )?back|credit (?:you|your)|waiv(?:e|ed|ing)",
        r"cash ?back|as a credit",
    ),
    "gift": _any(
        r"voucher|coupon|discount|goodwill|free of charge|for free|complimentary|on the house|\d+ ?% off",
    ),
    "guarantee": _any(
        r"guarantee[sd]?|(?:we|i) promise|you have (?:our|my) word|rest assured|without fail|for sure|100 ?%"
    ),
    "date": _any(
        r"(?:will|'ll|’ll) (?:\w+ ){0,2}(?:arrive|be delivered|reach you|be there|ship|be sent|be with you|come|have it)"
        r" (?:\w+ ){0,3}(?:by|on|before|tomorrow|today|tonight|next|this)",
    ),
    "admission": _any(
        r"(?:our|my) (?:own )?(?:fault|mistake|negligence|liability)|we (?:are|were|accept|admit|take) (?:\w+ ){0,2}"
        r"(?:liable|liability|responsible|responsibility|at fault|negligent)",
    ),
}


def unfounded(draft: Checked) -> Iterable[Flag]:
    """A promise must stand, with its amounts, in one sentence of an article that the answer cites."""
    for one in statements(draft.text):
        for kind, pattern in KINDS.items():
            if pattern.search(one.text) and not _is_made_by(one, pattern, draft):
                yield Flag("promise", f"No article promises this ({kind}): “{shortened(one.text)}”")


def _is_made_by(one: Statement, pattern: re.Pattern[str], draft: Checked) -> bool:
    promised = numbers(one.text, spelt=False)
    return any(
        share >= SUPPORT and pattern.search(sentence) and promised <= numbers(f"{sentence}\n{draft.said}")
        for number in one.cited
        for share, sentence in best_passages(one, draft.passages.get(number, ""))
    )
