"""How an answer reads: its language, its tone, its length and form."""

import re
from collections.abc import Iterable

from bot.answering.embedded import upset_by
from bot.answering.guardrails.draft import LONGEST, Checked, shortened
from bot.answering.guardrails.links import URL
from bot.answering.tongues import NAMES, tongue
from bot.core.model import Flag

SHORTEST = 20
_PLACEHOLDER = re.compile(
    r"\{\{?[^{}\n]{0,60}\}\}?|\[(?!\d{1,3}\])[^\]\n]{1,40}\](?!\()|<[a-z][\w ]{1,30}>"
    r"|\b(?:TODO|TBD|XXX+|lorem ipsum)\b|_{3,}",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"(?m)^#{1,6} \S|\*\*\S|__\S[^_]*__|^```|`[^`\n]+`|^\|.+\||\[[^\]\n]+\]\([^)\n]+\)|^ {0,3}[*+] \S"
)
_MACHINE = re.compile(
    r"\bas an? (?:ai|artificial|automated|language model|virtual|digital|bot)\b|\bi(?:'m| am) (?:just |only )?an? (?:ai|bot|language"
    r" model|machine|virtual)\b|\b(?:language model|training data|knowledge cutoff|provided (?:passages?|context|documents?)"
    r"|the passages?|based on the (?:context|passages?|sources?))\b",
    re.IGNORECASE,
)
_RUDE = re.compile(
    r"\b(?:damn|hell no|shit\w*|fuck\w*|crap|bastard|bitch\w*|asshole|idiot\w*|stupid|moron\w*|shut up|bullshit|piss(?:ed)? off"
    r"|dumb)\b",
    re.IGNORECASE,
)
_BLAME = re.compile(
    r"\byou should have\b|\byour (?:own )?(?:fault|mistake|carelessness|negligence)\b|\byou (?:failed|forgot|neglected|ignored|refused) to\b"
    r"|\bas (?:i|we)(?:'ve| have)? (?:already|clearly|repeatedly) (?:said|told|explained|stated|mentioned)\b|\byou (?:clearly|obviously)\b"
    r"|\bcalm down\b|\bif you had (?:read|listened|followed)\b|\bthat is not our problem\b",
    re.IGNORECASE,
)
_SHOUTING = re.compile(r"\b[A-Z]{4,}\b(?:[ ,]+[A-Z]{2,}\b)+")
_SORRY = re.compile(
    r"\b(?:sorry|apologi[sz]e|apologies|regret|understand (?:how|that|your)|entschuldig\w*|tut uns leid|désolé\w*|lo sentimos"
    r"|spijt|scusa\w*|desculp\w*|beklager|ledsen)\b",
    re.IGNORECASE,
)


def language(draft: Checked) -> Iterable[Flag]:
    """The answer is in the customer's language; after a short message, in that of the talk."""
    theirs, ours = tongue(draft.said) or tongue(draft.earlier), tongue(URL.sub(" ", draft.text))
    if theirs and ours and theirs != ours:
        yield Flag("language", f"The customer writes {NAMES[theirs]}, the answer is {NAMES[ours]}")


def tone(draft: Checked) -> Iterable[Flag]:
    for name, pattern, said in (("rude", _RUDE, "is rude"), ("blame", _BLAME, "blames the customer")):
        if found := pattern.search(draft.text):
            yield Flag(name, f"The answer {said}: “{found.group()}”")
    if (found := _SHOUTING.search(draft.text)) and found.group() not in draft.published:
        yield Flag("shouting", f"The answer shouts: “{shortened(found.group(), 40)}”")
    if draft.text.count("!") > 1:
        yield Flag("exclamation", f"The answer has {draft.text.count('!')} exclamation marks")


def empathy(draft: Checked) -> Iterable[Flag]:
    """Whoever has trouble reads a word of regret."""
    if upset_by(draft.said) and not _SORRY.search(draft.text):
        yield Flag("no_empathy", "The customer has trouble, and the answer has no word of regret")


def length(draft: Checked) -> Iterable[Flag]:
    size = len(draft.text.strip())
    if size < SHORTEST:
        yield Flag("too_short", f"The answer has only {size} characters")
    if size > LONGEST:
        yield Flag("too_long", f"The answer has {size:,} characters, more than {LONGEST:,}")


def placeholders(draft: Checked) -> Iterable[Flag]:
    if found := _PLACEHOLDER.search(draft.text):
        yield Flag("placeholder", f"A placeholder was left in: “{found.group(0)}”")


def markup(draft: Checked) -> Iterable[Flag]:
    """No channel of ours shows Markdown to a customer."""
    if draft.written_by_model and (found := _MARKUP.search(draft.text)):
        yield Flag(
            "markup", f"The answer has marks that customers would see: “{shortened(found.group(), 40)}”"
        )


def machine(draft: Checked) -> Iterable[Flag]:
    if found := _MACHINE.search(draft.text):
        yield Flag("machine", f"The answer speaks of itself: “{found.group()}”")
