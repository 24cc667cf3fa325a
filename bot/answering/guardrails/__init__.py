"""Checks on a drafted answer before anybody sees it. Each is a pure function: a draft in, findings out.

Every finding names its reason; a hard one escalates, a soft one asks for a review. Sensitive topics, staleness at the
moment of sending, and how often threadpilot may answer by itself are rules of `bot.core.policy`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from bot.answering.guardrails import (
    grounding,
    injection,
    links,
    personal,
    promises,
    record,
    requests,
    wording,
)
from bot.answering.guardrails.draft import LONGEST, Checked
from bot.answering.guardrails.statements import cited
from bot.answering.language import MAX_CHARACTERS
from bot.core.model import Flag

__all__ = ["RULES", "Checked", "check", "cited", "is_supported", "verdicts"]

Rule = Callable[[Checked], Iterable[Flag]]

RULES: Mapping[str, Sequence[Rule]] = {
    "grounding": (grounding.unknown_citations, grounding.uncited, grounding.unsupported, grounding.reversed_),
    "invented facts": (grounding.invented_numbers, grounding.unconfirmed_ids, links.invented),
    "promises": (promises.unfounded,),
    "links": (links.unsafe,),
    "personal data": (personal.secrets, personal.asks_for_secrets, personal.of_others),
    "injection": (injection.orders,),
    "prompt leak": (injection.leak,),
    "language": (wording.language,),
    "tone": (wording.tone, wording.empathy),
    "form": (wording.length, wording.placeholders, wording.markup, wording.machine),
    "staleness": (grounding.stale_sources,),
    "record": (record.unread,),
    "request": (requests.unmet,),
}
is_supported, verdicts = grounding.is_supported, grounding.verdicts


def check(draft: Checked) -> tuple[Flag, ...]:
    """Run every check; an empty result means that nothing was found.

    Of a text far too long only the beginning is read: it is flagged anyway.
    """
    draft = replace(draft, text=draft.text[: 4 * LONGEST], said=draft.said[:MAX_CHARACTERS])
    return tuple(flag for rules in RULES.values() for rule in rules for flag in rule(draft))
