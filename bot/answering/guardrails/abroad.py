"""Requests for what only a person can do, in German, French, Spanish, Italian and Dutch.

Grammar helps: what a company is asked to do stands with a polite form (“Können Sie …”, “veuillez …”), and how
something is done does not (“Wie kann ich …”). Verbs are told by how they begin, so that every form is one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.answering.language import sentences

LANGUAGES = ("de", "fr", "es", "it", "nl")
# Each line is one thing that somebody does for a customer, as the verbs begin in each language, in that order.
_DEEDS = [
    dict(zip(LANGUAGES, (part.split() for part in line.split("|")), strict=True))
    for line in """stornier widerruf | annul | cancel anul | cancell annull | annuleer annuler
    änder korrigier berichtig aktualisier verschieb umleit | chang modifi corrig rectifi | cambi modific correg corrij actualiz | cambi modific corregg aggiorn | wijzig verander corrig aanpass
    send schick zusend zuschick nachsend | envoy renvoy expédi | envi enví reenvi mand | invi mand sped | stuur sturen opstuur opsturen toestuur
    erstatt rückerstatt zurückerstatt zurückzahl gutschreib | rembours | reembols devolv devuelv | rimbors restitu | terugbetaal terugbetal terugstort vergoed
    ersetz austausch umtausch | remplac échang | reemplaz sustitu | sostitu cambi | vervang omruil
    lösch entfern | supprim effac | elimin borr | cancell elimin rimuov | verwijder
    reservier zurückleg | réserv | reserv apart | riserv prenot | reserveer reserver
    reparier | répar | repar arregl | ripar | repareer reparer herstel
    entsperr zurücksetz freischalt | débloqu réinitialis | desbloque restablec | sblocc reimpost | deblokkeer ontgrendel
    verlänger | prolong | prolong ampli | prolung estend | verleng""".splitlines()
]
_WHAT = r"(?P<what>[^.?!;,\n]{0,80})"
_UP_TO = r"(?P<what>[^.?!;,\n]{0,80}?)"
_FRAMES = {
    "de": (
        r"\b(?:können|könnten|würden|wollen) sie {up_to}\b{verb}",
        r"\b(?:kannst|könntest|würdest) du {up_to}\b{verb}",
        r"\b(?:könnt|könntet|würdet) ihr {up_to}\b{verb}",
        r"\bbitte {verb}(?: sie)?\b{what}",
        r"\b{verb} sie (?:mir |uns )?bitte\b{what}",
        r"\bbitte (?:um |ich )?{up_to}\b{verb}",
        r"\bich (?:bitte|fordere) sie {up_to}\b{verb}",
    ),
    "fr": (
        r"\b(?:pouvez|pourriez|voulez|voudriez)[- ]vous {soft}{verb}\b{what}",
        r"\b(?:peux|pourrais)[- ]tu {soft}{verb}\b{what}",
        r"\b(?:veuillez|merci de|prière de|vous (?:prie|demande|remercie) de|vous serais gré de) {soft}{verb}\b{what}",
        r"(?<!vous )(?<!si )\b(?P<verb>(?:{roots})\w*ez)(?!-vous\b)(?:-(?:moi|nous|la|le|les))?\b{what}",
    ),
    "es": (
        r"\b(?:puede|pueden|podría|podrían|puedes|podrías|podéis)(?: ustede?s?)? {soft}{verb}\b{what}",
        r"\bpor favor,? {soft}{verb}\b{what}",
        r"\b(?:quiero|necesito|solicito|les pido|le pido|exijo) que {soft}{verb}\b{what}",
        r"\b(?:les|le) (?:pido|ruego|agradecería) {soft}{verb}\b{what}",
    ),
    "it": (
        r"\b(?:può|potete|potrebbe|potreste|puoi|potresti) {soft}{verb}\b{what}",
        r"\b(?:per favore|per cortesia|cortesemente|gentilmente),? {soft}{verb}\b{what}",
        r"\b(?:vi (?:chiedo|prego|pregherei) di|si prega di|la prego di|vorrei che) {soft}{verb}\b{what}",
    ),
    "nl": (
        r"\b(?:kunt|zou|wilt) u {up_to}\b{verb}",
        r"\b(?:kun|kan|zou|wil) (?:je|jij) {up_to}\b{verb}",
        r"\b(?:kunnen|zouden|willen) jullie {up_to}\b{verb}",
        r"\b(?:gelieve|graag) {up_to}\b{verb}",
        r"\b{verb} (?:alstublieft|alsjeblieft|a\.?u\.?b\.?|aub)\b{what}",
        r"\b(?:alstublieft|alsjeblieft|aub),? {verb}\b{what}",
    ),
}
_SOFT = (
    r"(?:(?:me|m'|nous|nos|mi|ci|lo|la|le|les|por favor|per favore|s'il vous pla[iî]t|svp|bien|aussi"
    r"|también|anche) ?){0,4}"
)
# What articles are for: whoever asks for these wants to be told something.
_TELLING = re.compile(
    r"\b(?:info\w*|link\w*|lien|enlace|collegamento|sagen|mitteilen|erklären|auskunft|anleitung|hinweis\w*|dire"
    r"|expliquer|renseign\w*|decir\w*|explicar\w*|dirmi|spiegar\w*|vertellen|zeggen|uitleg\w*|wie|comment|cómo|come|hoe)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{4,}")
_EMPTY = frozenset(
    """bitte meine meinen meiner mein meinem eine einen einer diese diesen dieser neue neuen anderen zurück noch
    sofort votre notre cette autre nouveau nouvelle pour dans avec plaît merci este esta otro otra nuevo nueva para
    favor questo questa altro altra nuovo nuova della dello mijn onze deze andere nieuwe graag voor naar""".split()
)
_ROOT_OF_THING, _TOLD = 5, 0.5


def _patterns() -> Iterator[re.Pattern[str]]:
    for language, frames in _FRAMES.items():
        roots = "|".join(sorted({root for deed in _DEEDS for root in deed[language]}, key=len, reverse=True))
        pieces = {"verb": rf"(?P<verb>(?:{roots})\w*)", "roots": roots}
        pieces |= {"what": _WHAT, "up_to": _UP_TO, "soft": _SOFT}
        yield from (re.compile(frame.format(**pieces), re.IGNORECASE) for frame in frames)


_REQUESTS = tuple(_patterns())


@dataclass(frozen=True)
class Request:
    """Something the customer asks to be done: their words, the verb, and what it is about."""

    text: str
    verb: str
    what: str

    def told_by(self, statement: str) -> bool:
        """Tell whether a statement in any of the languages is about doing that very thing."""
        said = [word.casefold() for word in _WORD.findall(statement)]
        things = {word[:_ROOT_OF_THING] for word in self._things()}
        about = sum(any(word.startswith(thing) for word in said) for thing in things)
        done = any(word.removeprefix("ge").startswith(self._roots()) for word in said)
        return done and about >= _TOLD * len(things)

    def _things(self) -> list[str]:
        return [word for word in map(str.casefold, _WORD.findall(self.what)) if word not in _EMPTY]

    def _roots(self) -> tuple[str, ...]:
        """Return how the verbs of that deed begin, in every language."""
        alike = [deed for deed in _DEEDS if any(map(self.verb.startswith, _roots_of(deed)))]
        return tuple(root for deed in alike for root in _roots_of(deed))


def _roots_of(deed: dict[str, list[str]]) -> list[str]:
    return [root for roots in deed.values() for root in roots]


def requests(said: str) -> Iterator[Request]:
    """Yield what somebody is asked to do, sentence by sentence."""
    for sentence in sentences(said):
        for pattern in _REQUESTS:
            if (found := pattern.search(sentence)) and not _TELLING.search(found.group()):
                yield Request(found.group().strip(" ,;"), found["verb"].casefold(), found["what"].strip())
                break
