"""Matters that a person must see, found by words and patterns in the customer's own text.

Recall comes first: a false alarm costs an agent a look, a miss can cost the company a case in court.
"""

import re
from collections.abc import Iterable, Mapping

from bot.core.model import Reason

_LONGEST_THANKS = 160
_GLANCE = 10_000


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(patterns) + r")\b", re.IGNORECASE)


SENSITIVE: Mapping[str, tuple[str, re.Pattern[str]]] = {
    "legal": (
        "Legal threat",
        _any(
            r"lawyers?|attorneys?|solicitors?|barristers?|legal (?:action|advice|steps|proceedings|team|route)",
            r"litigation|lawsuits?|small claims|(?:to|in|before) (?:the )?court|court (?:case|order)|(?:final|formal) (?:notice|demand)",
            r"su(?:e|ing) (?:you|them|northwind|the (?:company|shop))|i(?:'ll| will|'m going to) sue",
            r"ombudsman|trading standards|consumer (?:protection|rights) (?:agency|authority|office|body|organi[sz]ation)",
            r"breach of contract|cease and desist|subpoena|anw[aä]lte?|rechtsanwalt|avocat|abogad[oa]|advocaat",
        ),
    ),
    "financial": (
        "Fraud or payment dispute",
        _any(
            r"(?<!delivery )(?<!shipping )charge[- ]?backs?|fraud(?:ulent(?:ly)?|ster)?|scam(?:med|mers?)?|stolen (?:credit |debit )?card",
            r"unauthori[sz]ed (?:charges?|payments?|transactions?|purchases?)|disput(?:e|ed|ing) (?:the|this|a|my) (?:charge|payment|transaction)",
            r"(?:card|account|identity) (?:was|has been|got|is) (?:stolen|hacked|compromised)|hacked|identity theft",
            r"money launder\w*|someone (?:else )?(?:used|is using) my (?:card|account)|report(?:ed|ing)? (?:you|this|it) to (?:my|the) bank",
            r"(?:bank|card company|paypal) to (?:reverse|claim back|stop|dispute)|(?:a|the|open(?:ed|ing)?) dispute|dispute is open",
            r"(?:never|did ?n[o']t|have ?n[o']t) (?:make|made|place|placed|order|ordered|buy|bought|authori[sz]ed?)(?: \w+)? ?(?:this|that|these|those|it|anything)",
            r"orders? (?:that )?i (?:have )?(?:never|did ?n[o']t) (?:made?|placed?)|(?:someone|somebody)(?: has| else)? (?:logged in|got in|broke in)(?:to)?",
            r"(?:someone|somebody)(?: has)? ordered|(?:gave|given|told) (?:him|her|them|it|someone) (?:my|the|our) (?:card|bank|password)|(?:needed|asked for|wanted) my (?:card|bank|password|pin)",
        ),
    ),
    "complaint": (
        "Complaint",
        _any(
            r"(?:formal|official|serious) complaints?|(?:file|make|lodge|raise|submit) an? (?:\w+ )?complaint|(?:want|wish|like) to complain",
            r"unacceptable|outrag(?:e|ed|eous)|disgust(?:ed|ing)|appall(?:ed|ing)|furious|disgrace(?:ful)?|fed up|sick and tired",
            r"worst (?:\w+ ){0,3}(?:ever|experience|service|company|shop)|never (?:buy|order|shop|ordering|buying)(?: \w+){0,3} again",
            r"ridiculous|pathetic|useless (?:company|service|support|shop|lot)|rip[- ]?off|absolute joke|incompetent",
            r"liars?|thie(?:f|ves)|crooks?|swindlers?|are you kidding|shame on you|waste of (?:time|money)|(?:very|so|really|extremely) (?:angry|disappointed|upset|unhappy)",
        ),
    ),
    "safety": (
        "Injury or danger",
        _any(
            r"injur(?:y|ed|ies)|burn(?:ed|t) (?:my|his|her|our|me)|(?:to|in) (?:the )?(?:hospital|a&e|emergency room) (?:with|because|after|due)|bleeding|electric shock|electrocuted",
            r"caught fire|on fire|explod(?:ed|es|ing)|smok(?:e|ing) (?:came|coming|from)|overheat(?:ed|s|ing)?|allergic reaction",
            r"(?:cut|hurt|broke) (?:my|his|her|our) (?:hand|finger|arm|leg|foot|child|son|daughter|back|head)|choking|poison(?:ed|ing)?",
            r"(?:hit|fell on|landed on|struck) (?:me|him|us|(?:my|his|her|our) (?:\w+'s )?(?:\w+))|(?:can't|cannot|can not) (?:lift|move|bend|feel) (?:my|his|her)",
            r"suicid\w*|kill myself|self[- ]harm|hurt myself|want to die|end my life",
        ),
    ),
    "privacy": (
        "Personal data request",
        _any(
            r"gdpr|dsgvo|data protection (?:officer|authority)|subject access request|right to be forgotten",
            r"(?:delete|erase|remove|wipe) (?:all |any )?(?:of )?(?:my|our) (?:personal )?(?:data|information|details)",
            r"(?:copy|export) of (?:all )?(?:the )?(?:my )?(?:personal )?data|data (?:breach|leak)",
        ),
    ),
    "press": (
        "Press or public attention",
        _any(
            r"journalists?|reporters?|newspapers?|press (?:office|contact|enquir(?:y|ies)|inquir(?:y|ies)|request)|tv (?:station|channel|programme)",
            r"(?:radio|tv|television|magazine|newspaper) (?:report|programme|piece|story|feature|article|show)|(?:writing|making|doing) an? (?:\w+ )?(?:report|story|article|documentary|piece) (?:about|on)",
            r"go(?:ing)? (?:public|viral)|(?:post|put|share|tell) (?:this|it|everyone|about this) (?:on|all over) (?:twitter|x|facebook|instagram|tiktok|reddit|social media|trustpilot)",
        ),
    ),
}

_HUMAN = _any(
    r"(?:speak|talk|chat|speaking|talking) (?:to|with) (?:an? |the |some |your )?(?:real |actual |live )?(?:human|person|someone|somebody|agent|representative|rep|manager|supervisor|advisor|adviser|operator|colleague|people)",
    r"(?:real|actual|live) (?:human|person|agent)|human (?:being|agent|please|support|help)|a human|customer service representative",
    r"(?:can|could|would|will) (?:you|someone|somebody|anyone)(?: please)? (?:call|phone|ring) me|(?:please|pls|kindly) (?:call|phone|ring) me",
    r"(?:have|get|ask) (?:a |an )?(?:member of (?:your )?(?:staff|team)|someone|somebody|colleague|manager|agent)(?: to)? (?:ring|call|phone|contact|reply)",
    r"not? (?:want )?(?:another|more) (?:automatic|automated|canned) (?:answers?|repl(?:y|ies)|messages?)",
    r"(?:call|phone|ring) me back|not (?:a|another) (?:bot|robot|machine)|no (?:bots?|robots?)|supervisor",
    r"(?:echten?|richtigen?) (?:menschen?|mitarbeiter)|mit einem (?:menschen|mitarbeiter)",
)

# What people say around thanks. Anything that remains besides these, and a name at the end, wants an answer.
_COURTESY = _any(
    r"(?:hi|hello|hey|dear)(?: (?:there|all|team|you))?|thank you|thanks?|thx|ty|cheers|ta|danke(?: schön)?|vielen dank|merci|gracias|diolch",
    r"(?:(?:so|very) much|a lot|a million|again|in advance|anyway)",
    r"for (?:your|the|all your|all the) (?:(?:very |super |so )?(?:quick|fast|prompt|kind|swift|great) )?(?:help|reply|answer|response|support|info|information)",
    r"(?:much |very much |really )?appreciated?(?: it| that)?|many thanks|got it|all (?:good|sorted|clear|set)(?: now)?|sorted(?: now)?|understood|makes sense",
    r"(?:that|this|it)(?:'s| is| was)? (?:works?(?: now)?|helps?|helped|perfect|great|fine|all|very helpful|most helpful|it)(?: now)?",
    r"you(?:'re| are)? (?:so |all |really )?(?:great|the best|awesome|amazing|wonderful|brilliant|lovely|kind|a (?:star|legend))",
    r"it (?:has )?(?:just )?arrived|no (?:problem|worries)|you too|have a (?:nice|good|great|lovely) (?:day|weekend|evening|one)",
    r"(?:best|kind|many|warm) (?:regards|wishes)|regards|bye|and|so|really|very|ok|okay|great|perfect|super|brilliant|lovely|cool|awesome|wonderful|excellent",
)
_THANKS = _any(
    r"thanks?|thank you|thx|ty|cheers|appreciated?|great|perfect|got it|sorted|danke|merci|gracias"
)


def sensitive(
    text: str, patterns: Mapping[str, tuple[str, re.Pattern[str]]] = SENSITIVE
) -> tuple[Reason, ...]:
    """Return one reason per sensitive topic that `text` touches, with the words that gave it away."""
    text = _glance(text)
    found = ((code, label, pattern.search(text)) for code, (label, pattern) in patterns.items())
    return tuple(Reason(code, f"{label} (“{hit.group(0)}”)") for code, label, hit in found if hit)


def asks_for_human(text: str) -> bool:
    """Tell whether the customer asks for a person."""
    return _HUMAN.search(_glance(text)) is not None


def is_courtesy(texts: Iterable[str]) -> bool:
    """Tell whether the messages say thanks (or the like) and nothing else, so that no answer is expected."""
    said = [text.strip() for text in texts]
    return bool(said) and all(_only_thanks(text) for text in said)


def _only_thanks(text: str) -> bool:
    if len(text) > _LONGEST_THANKS or "?" in text or not _THANKS.search(text):
        return False
    rest = re.findall(r"\w+", _COURTESY.sub(" ", text))
    ends_with_name = bool(rest) and text.rstrip(" .!").endswith(rest[-1]) and rest[-1][0].isupper()
    return not rest[: len(rest) - ends_with_name]


def _glance(text: str) -> str:
    """Return what can be read in a few milliseconds: all of a usual message, both ends of an endless one."""
    return text if len(text) <= 2 * _GLANCE else f"{text[:_GLANCE]}\n{text[-_GLANCE:]}"
