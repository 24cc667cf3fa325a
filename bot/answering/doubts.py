"""Reasons for a person to look although the right article was found: it may not say what the customer needs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.answering.language import meanings, stem, stems, words
from bot.answering.lists import conditional, item_of, lead_in_of
from bot.core.model import Evidence, Flag, Proposal
from bot.core.speech import log_odds

AT_MOST = 0.75  # Worth a look (above the floor of escalation), and below what is sent by itself.
_LEAST = 0.5
_SAME, _FEWEST = 2 / 3, 3


def doubted(proposal: Proposal, conditions: Iterable[str] = ()) -> Proposal:
    """Return a proposal no surer than a person should be asked, where there is reason for it.

    `conditions` are what introduces the cases it depends on, see `condition_of`.
    """
    reasons = [*_of_flags(proposal.flags), *(f"True only in some cases: “{one}”" for one in conditions)]
    if not reasons:
        return proposal
    confidence = min(proposal.confidence, AT_MOST)
    lost = min(log_odds(confidence) - log_odds(proposal.confidence), -_LEAST)
    told = Evidence(reasons[0], round(lost, 2))
    return replace(proposal, confidence=confidence, evidence=(told, *proposal.evidence[:2]))


def _of_flags(flags: Sequence[Flag]) -> Iterator[str]:
    return (flag.text for flag in flags if flag.name == "request")


def condition_of(asked: str, chosen: Sequence[str], best: str) -> str:
    """Return the condition on which the sentence that fits best holds, or nothing.

    `best` is that sentence as the article tells it, the article's first sentence aside; `chosen` are all that are
    quoted. Whose question names the condition or the case (“Why was my code refused?”) is told what they asked.
    """
    lead_in = lead_in_of(best)
    if best not in chosen or not conditional(lead_in):
        return ""
    return "" if _names(asked, lead_in) or _is_about(asked, item_of(best)) else lead_in.rstrip(":")


def _names(asked: str, lead_in: str) -> bool:
    """Tell whether a question has the words of a condition; “why” is one of them."""
    named = {*stems(lead_in), *({"why"} & set(words(lead_in)))}
    return _shared(named, {*stems(asked), *words(asked)}) >= _SAME * len(named)


def _is_about(asked: str, item: str) -> bool:
    """Tell whether a question says what the item of a list says."""
    said, told = set(stems(asked)), set(stems(item))
    return _shared(said, told) >= max(_FEWEST, _SAME * min(len(said), len(told)))


def _shared(some: set[str], others: set[str]) -> int:
    senses = {*others, *(meaning for one in others for meaning in meanings(stem(one)))}
    return sum(not senses.isdisjoint((one, *meanings(one))) for one in some)
