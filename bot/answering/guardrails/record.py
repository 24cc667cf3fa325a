"""Questions about what only the customer's own record knows: their order, their refund, their balance."""

import re
from collections.abc import Iterable

from bot.answering.guardrails.draft import Checked, shortened
from bot.answering.guardrails.numbers import references
from bot.answering.secrets import blanked
from bot.core.model import Flag

_THINGS = r"(?:orders?|parcels?|package|refund|return|account|invoice|delivery|points?|balance|statement|claim|complaint)"
_ASKS = re.compile(
    r"\bhow (?:many|much) (?:\w+ ){0,2}(?:points?|credit|balance|vouchers?) (?:do i|have i|i) (?:currently |still |now )?(?:have|got|own)\b"
    rf"|\b(?:can|could|would|please) (?:you |u )?(?:please )?(?:see|check|look (?:up|at|into)|find out|text me|tell me (?:where|what|when|if|whether))(?: \w+){{0,4}} my(?: \w+){{0,2}} {_THINGS}\b"
    r"|\b(?:can|could) (?:you|u) (?:please )?(?:see|check|find out) (?:where|what|why|when|if|whether)(?: \w+){0,2} (?:it|this|that|they)\b"
    rf"|\bplease (?:check|see|find out) (?:what|where|why)\b|\bwhat(?:'s| is| has)? happen(?:s|ed|ing)? (?:to|with) my {_THINGS}\b(?! (?:if|when|once|after)\b)"
    r"|\bwhat (?:is|'s) my (?:current )?(?:balance|status|tracking number|order number)\b|\bmake an exception\b",
    re.IGNORECASE,
)


def unread(draft: Checked) -> Iterable[Flag]:
    """An article cannot know how the customer's own matter stands; a person, or their record, can."""
    confirmed = "\n".join(draft.facts).lower()
    for reference in references(blanked(draft.said)):
        if reference.lower() not in confirmed:
            yield Flag("needs_record", f"Nobody has looked up {reference}, which the customer names")
            return
    if (found := _ASKS.search(draft.said)) and not draft.facts:
        yield Flag("needs_record", f"Only their record answers “{shortened(found.group(), 60)}”")
