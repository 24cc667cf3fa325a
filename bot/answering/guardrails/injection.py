"""Orders to the model, and what a model was told coming back out.

The defence is the way data is handed over (`integrations.llm.prompt`) and that every sentence must rest on an article.
This detector only makes a person look: measured elsewhere, a list of words finds a third of all attempts.
"""

import re
from collections.abc import Iterable

from bot.answering.guardrails.draft import Checked, shortened
from bot.answering.language import words
from bot.core.model import Flag

_RUN = 8  # Words in a row that nobody writes by chance.
_YOURS = r"(?:your|the|all|any|these|those|previous|prior|above|earlier|preceding|system|my)"
_ORDERS = re.compile(
    rf"\b(?:ignore|disregard|forget|override|bypass|skip|do not follow)\b(?: \w+){{0,3}} {_YOURS}(?: \w+){{0,3}}"
    r" (?:instructions?|prompts?|rules?|guidelines?|directions?|messages?|context|training|polic(?:y|ies)|commands?|tasks?)\b"
    r"|\b(?:ignore|forget|vergiss|ignoriere)\b(?: \w+){0,2} (?:everything|alles|alle (?:vorherigen )?anweisungen)\b"
    r"|\b(?:reveal|print|show|repeat|output|leak|tell me)\b(?: \w+){0,4} (?:system|initial|hidden|original|secret) (?:prompt|instructions?|message)"
    r"|\byou are (?:now|no longer) (?:an?|the|in|going|free|dan|bound|acting|my)\b|\bpretend (?:to be|you are|that you)\b"
    r"|(?:^|[.!?\n] *|\b(?:you|will|must|should|please|now|to) )act as (?:if you|an?|the|my)\b"
    r"|\b(?:developer|dan|jailbreak|god|sudo) mode\b|\bstay in character\b|\bnew (?:system )?instructions?:|\brole-?play\b"
    r"|(?:^|\n)\s*(?:system|assistant|developer)\s*:|<\|?(?:im_start|im_end|system|endoftext)\|?>|\[/?(?:INST|SYSTEM)\]"
    r"|\b(?:answer|reply|respond|say|write|output|print)\b(?: \w+){0,2} (?:only|exactly|just)(?: with)?\b(?=[^.?!\n]{0,40}[\"“:])"
    r"|\bas an? (?:ai|language model|llm|chat ?bot)\b|\b(?:language model|chatgpt|gpt-?\d|your prompt)\b",
    re.IGNORECASE,
)
_HIDDEN = re.compile("[\u200b\u2060-\u2064\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")


def orders(draft: Checked) -> Iterable[Flag]:
    """What a customer, an article or a record says must not read like an order to the machine."""
    places = (("The message", draft.said), *((f"Article [{n}]", text) for n, text in draft.passages.items()))
    for place, text in (*places, ("The customer's record", "\n".join(draft.facts))):
        found = _ORDERS.search(text)
        if found:
            yield Flag(
                "injection", f"{place} gives orders to the machine: “{shortened(found.group().strip())}”"
            )
        elif _HIDDEN.search(text):
            yield Flag("injection", f"{place} holds invisible characters")


def leak(draft: Checked) -> Iterable[Flag]:
    """What the model was told must not come back out: neither its mark nor eight of its words in a row."""
    if draft.canary and draft.canary.lower() in draft.text.lower():
        yield Flag("prompt_leak", "The answer shows the model's instructions", hard=True)
        return
    allowed = _runs("\n".join((draft.published, draft.said)))
    told = (_runs(draft.text) & _runs(draft.prompt)) - allowed
    if told:
        yield Flag(
            "prompt_leak", f"The answer repeats the model's instructions: “{' '.join(min(told))}”", hard=True
        )


def _runs(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[start : start + _RUN]) for start in range(len(found) - _RUN + 1)}
