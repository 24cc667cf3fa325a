"""Requests that only a person can grant: an article tells how something is done, it sends and cancels nothing."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.answering.guardrails import abroad
from bot.answering.guardrails.draft import Checked, shortened
from bot.answering.guardrails.statements import statements
from bot.answering.language import is_content, meanings, sentences, stem, words
from bot.core.model import Flag

# Each line is one thing that somebody does for a customer, in all its words.
_DEEDS = [
    frozenset(line.split())
    for line in """send resend ship give get have receive issue provide offer post lend bring sell print download
    refund reimburse repay credit compensate
    cancel
    change update correct amend edit alter modify switch rename move redirect reroute divert forward postpone upgrade reissue
    replace exchange swap
    extend prolong
    add apply
    remove delete erase waive drop
    reserve book
    repair fix mend
    unlock unblock reactivate reset
    merge combine""".splitlines()
]
_SELF_SERVICE = {"have", "get", "receive", "download", "print"}
_VERB = f"(?P<verb>{'|'.join(sorted({verb for deed in _DEEDS for verb in deed} - _SELF_SERVICE))})"
_SOFTLY = r"(?:(?:please|pls|plz|kindly|maybe|perhaps|just|also|possibly|at least|then) ){0,5}"
_WHAT = r"(?P<what>[^.?!;\n]{0,80})"
_FOR_ME = r"(?P<what>[^.?!;\n]{0,60}?)\bfor (?:me|us)\b"
_ANYBODY = "(?:you|u|ya|someone|somebody|anyone|your team)"
_HOPES = "(?:any chance|possible|hop(?:e|ing)|wonder(?:ing)? if|appreciate it if)"
_REQUESTS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:can|could|would|will) {_ANYBODY} {_SOFTLY}{_VERB}\b{_WHAT}",
        rf"\b(?:please|pls|plz|kindly) {_SOFTLY}{_VERB}\b{_WHAT}",
        rf"\b(?P<verb>send|give|get|bring|mail|ship|lend|sell|refund|credit|offer|issue) (?:me|us)\b{_WHAT}",
        (
            rf"(?<!\bhow )(?<!\bwhere )\b(?:can|could|may|might) (?:i|we) {_SOFTLY}(?P<verb>have|get|receive)\b"
            rf"(?! (?:it|them|this|that|these|those)\b){_WHAT}"
        ),
        rf"\b(?:do|would) (?:you|u) (?:maybe |perhaps )?(?P<verb>have) {_FOR_ME}",
        rf"\bi (?:want|need|demand|expect) (?:you|u) to {_VERB}\b{_WHAT}",
        rf"(?:^|[,;] ){_VERB}\b{_FOR_ME}",
        (
            # “Send it back?”, “give my old tent back to you”: what they do themselves.
            r"(?:^|[,;] |\b(?:so|and|then) )(?!(?:send|give)(?: (?!(?:and|i|we)\b)\w+){1,12} back to you\b)"
            r"(?P<verb>send|replace|refund|cancel|change|give)"
            rf"(?= (?:my|our|a new|another|it)\b)(?! it back\b){_WHAT}"
        ),
        rf"\b{_HOPES} (?:that )?(?:you(?: could| can| would|'d)?|for you to) {_SOFTLY}{_VERB}\b{_WHAT}",
        (
            r"(?<!\bdo )\b(?:i|we)(?:'d| would)? (?P<verb>want|need|like|demand) (?:a |an |my |our )"
            rf"(?=new |refund|replacement|discount|voucher){_WHAT}"
        ),
    )
]
# What articles are for, and what somebody else may do: “send me the link”, “can I have it delivered”.
_TELLING = re.compile(
    r"\b(?:info\w*|details?|advice|tips?|instructions?|explanations?|hints?|link|overview|idea|answer|update|hand|guide"
    r"|help|news|call)\b|^ (?:it|them|this|that|the \w+|my \w+|\w+) \w+(?:ed|en)\b|^ an? \w+ sent\b",
    re.IGNORECASE,
)
_EMPTY = frozenset(
    "new one another again back please right away now soon today immediately asap possible afterwards later".split()
)
_GIVING = frozenset(("want", "need", "like", "demand", "mail"))  # Verbs that ask to be given something.
_ANOTHER = frozenset(("new", "another"))
_WHAT_IT_DOES = re.compile(r"\b(?:what|which|how)\b.*\bdoes\b", re.IGNORECASE)  # “What does Gold bring me?”
_NEXT = re.compile(r"[,;]|\b(?:and|but|so|then)\b", re.IGNORECASE)  # Where something else begins.
_MAY_I = re.compile(r"(?:can|could|may|might) (?:i|we)\b", re.IGNORECASE)
# Where the thing that is asked for ends, and its circumstances begin.
_CIRCUMSTANCES = re.compile(
    r" (?:to|for|from|in|into|on|at|by|with|without|within|after|before|until|till?|when|if|because|since|as"
    r"|so|and|or|but|that|which|who|i|we)\b.*",
    re.IGNORECASE,
)
_REFUND = frozenset(map(stem, ("refund", "reimburse")))
_TOLD = 0.5  # Of the words of what is asked for, so many stand in a sentence about doing it.


@dataclass(frozen=True)
class Request:
    """Something the customer asks to be done: their words, the verb, and what it is about."""

    text: str
    verb: str
    what: str

    @property
    def deeds(self) -> frozenset[str]:
        """Every stem that means the same as the verb, or as a deed that is asked for: “can I have a refund”."""
        verb = "give" if self.verb in _GIVING else self.verb
        asked = {verb, *words(self._thing)}
        found = [stem(word) for deed in _DEEDS if asked & deed for word in deed]
        return frozenset((*found, *meanings(stem(verb)), *(_REFUND if "back" in asked else ())))

    @property
    def things(self) -> frozenset[str]:
        """The stems of what is asked for; “a new one” is a replacement."""
        said = words(self._thing)
        found = [word for word in said if is_content(word) and word not in _EMPTY]
        return frozenset(map(stem, found or (("replacement",) if _ANOTHER.intersection(said) else ())))

    @property
    def asks_leave(self) -> bool:
        """Tell whether they ask if they may have something (“can we get 30 days to pay”), and not a new one."""
        return _MAY_I.match(self.text) is not None and _ANOTHER.isdisjoint(words(self.what))

    @property
    def all_said(self) -> frozenset[str]:
        """The stems of what is asked for, with all circumstances."""
        return frozenset(map(stem, filter(is_content, words(self.what))))

    @property
    def _thing(self) -> str:
        return _CIRCUMSTANCES.sub("", self.what)


def requests(said: str) -> Iterator[Request]:
    """Yield what somebody is asked to do, sentence by sentence."""
    for sentence in sentences(said):
        for pattern in _REQUESTS:
            found = pattern.search(sentence)
            if found and not _TELLING.search(found["what"]) and not _is_asked_about(sentence, found):
                yield Request(found.group().strip(" ,;"), found["verb"].lower(), found["what"].rstrip())
                break


def _is_asked_about(sentence: str, found: re.Match[str]) -> bool:
    """Tell whether the deed is what something does, or a mere “please fix” that names nothing."""
    bare = found.start() == found.start("verb")  # No “please”, no “can you”: “bring me” alone.
    if bare and _WHAT_IT_DOES.search(_NEXT.split(sentence[: found.start()])[-1]):
        return True
    return found["verb"].lower() == "fix" and not any(map(is_content, words(found["what"])))


def unmet(draft: Checked) -> Iterable[Flag]:
    """An answer out of articles grants a request only if it says how that very thing is done."""
    for text in _unmet(draft.said, [one.text for one in statements(draft.text)]):
        yield Flag("request", f"Asks for what only a person can do: “{shortened(text, 60)}”")
        return


def _unmet(said: str, told: Sequence[str]) -> Iterator[str]:
    senses = [_senses(one) for one in told]
    yield from (r.text for r in requests(said) if not any(_tells(sentence, r) for sentence in senses))
    yield from (r.text for r in abroad.requests(said) if not any(map(r.told_by, told)))


def _tells(sentence: frozenset[str], request: Request) -> bool:
    if (
        request.asks_leave
        and request.all_said
        and _about(sentence, request.all_said) == len(request.all_said)
    ):
        return True
    things = request.things
    return not sentence.isdisjoint(request.deeds) and _about(sentence, things) >= _TOLD * len(things)


def _about(sentence: frozenset[str], things: Iterable[str]) -> int:
    return sum(not sentence.isdisjoint((thing, *meanings(thing))) for thing in things)


def _senses(sentence: str) -> frozenset[str]:
    """Return the stems of a sentence's words, and what they mean."""
    found = [stem(word) for word in words(sentence)]
    return frozenset((*found, *(meaning for one in found for meaning in meanings(one))))
