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
    änder korrigier berichtig aktualisier verschieb umleit | chang modifi corrig rectifi | cambi modific modifiqu correg corrij actualiz actualic | cambi modific corregg aggiorn | wijzig verander corrig aanpass
    send schick zusend zuschick nachsend | envoy envoi renvoy renvoi expédi | envi enví reenvi mand | invi mand sped | stuur sturen opstuur opsturen toestuur
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
_ORDER = (
    r"(?:^\W*|[,;:] )(?![^.!;\n]*\?)"  # Where “Cancel my order!” begins; “Do you send tents?” is a question.
)
_FRAMES = {
    "de": (
        r"\b(?:können|könnten|würden|wollen) sie {up_to}\b{verb}",
        r"\b(?:kannst|könntest|würdest) du {up_to}\b{verb}",
        r"\b(?:könnt|könntet|würdet) ihr {up_to}\b{verb}",
        r"\bbitte {verb}(?: sie)?\b{what}",
        r"\b{verb} sie (?:mir |uns )?bitte\b{what}",
        r"\bbitte (?:um |ich )?{up_to}\b{verb}",
        r"\bich (?:bitte|fordere) sie {up_to}\b{verb}",
        r"\bich (?:möchte|will|wünsche|erwarte|verlange|bitte sie),? dass (?:sie|ihr|du) {up_to}\b{verb}",
        r"{order}(?P<verb>(?:{roots})e?n) sie\b{what}",
        r"{order}(?P<verb>(?:{roots})(?:e|e?t)?)(?= (?:mir|uns|mein\w*|unser\w*|bitte|sofort|endlich)\b){what}",
    ),
    "fr": (
        r"\b(?:pouvez|pourriez|voulez|voudriez)[- ]vous {soft}{verb}\b{what}",
        r"\b(?:peux|pourrais)[- ]tu {soft}{verb}\b{what}",
        r"\b(?:veuillez|merci de|prière de|vous (?:prie|demande|remercie) de|vous serais gré de) {soft}{verb}\b{what}",
        r"\b(?:je (?:veux|voudrais|souhaite|demande|exige)|j'(?:aimerais|exige)) que (?:vous|tu) {soft}{verb}\b{what}",
        r"{order}(?P<verb>(?:{roots})e?s?)(?:-(?:moi|nous|la|le|les)\b|(?= (?:ma|mon|mes|la|le|les|cette)\b)){what}",
        r"(?<!vous )(?<!si )\b(?P<verb>(?:{roots})\w*ez)(?!-vous\b)(?:-(?:moi|nous|la|le|les))?\b{what}",
    ),
    "es": (
        r"(?<!\bse )\b(?:puede|pueden|podría|podrían|puedes|podrías|podéis)(?: ustede?s?)? {soft}{verb}\b{what}",
        r"\bpor favor,? {soft}{verb}\b{what}",
        r"\b(?:quiero|necesito|solicito|les pido|le pido|exijo) que {soft}{verb}\b{what}",
        r"\b(?:les|le) (?:pido|ruego|agradecería) {soft}{verb}\b{what}",
        r"{order}(?P<verb>(?:{roots})(?:[ae]n?|[ae]d)(?:me|nos)(?:l[aeo]s?)?)\b{what}",
        r"{order}(?P<verb>(?:{roots})(?:[ae]n?|[ae]d))(?= (?:mis?|nuestr[ao]s?|el|la|los|las|un|una|est[ae]|por favor)\b){what}",
    ),
    "it": (
        r"(?<!\bsi )\b(?:può|potete|potrebbe|potreste|puoi|potresti) {soft}{verb}\b{what}",
        r"\b(?:per favore|per cortesia|cortesemente|gentilmente),? {soft}{verb}\b{what}",
        r"\b(?:vi (?:chiedo|prego|pregherei) di|si prega di|la prego di|(?:vorrei|voglio|chiedo|pretendo) che) {soft}{verb}\b{what}",
        r"{order}(?P<verb>(?:{roots})(?:isc)?(?:[aei]te|[aei]|hi)(?:mi|ci|l[aeio])*)\b{what}",
    ),
    "nl": (
        r"\b(?:kunt|zou|wilt) u {up_to}\b{verb}",
        r"\b(?:kun|kan|zou|wil) (?:je|jij) {up_to}\b{verb}",
        r"\b(?:kunnen|zouden|willen) jullie {up_to}\b{verb}",
        r"\b(?:gelieve|graag) {up_to}\b{verb}",
        r"\b{verb} (?:alstublieft|alsjeblieft|a\.?u\.?b\.?|aub)\b{what}",
        r"\b(?:alstublieft|alsjeblieft|aub),? {verb}\b{what}",
        r"\bik (?:wil|eis|verwacht|verzoek u)(?: graag)?,? dat (?:u|jullie|je) {up_to}\b{verb}",
        r"{order}(?P<verb>(?:{roots})t?)(?= (?:mij|me|ons|mijn|onze|de|het|een|dit|deze|die|direct|meteen)\b){what}",
    ),
}
_SOFT = (
    r"(?:(?:me|m'|nous|nos|mi|ci|lo|la|le|les|por favor|per favore|s'il vous pla[iî]t|svp|bien|aussi"
    r"|también|anche) ?){0,4}"
)
# What articles are for: whoever asks for these wants to be told something. “Wie besprochen” asks for nothing.
_TELLING = re.compile(
    r"\b(?:info\w*|link\w*|lien|enlace|collegamento|sagen|mitteilen|erklären|zeigen|auskunft|anleitung|hinweis\w*|dire"
    r"|expliquer|montrer|renseign\w*|decir\w*|explicar\w*|mostrar\w*|dirmi|spiegar\w*|vertellen|zeggen|uitleg\w*"
    r"|wie (?:ich|wir|man|es|viel\w*|lange|hoch)|comment|como|come (?:posso|si|fare|faccio|devo)"
    r"|hoe (?:ik|we|wij|je|men|het|veel|lang|kan|moet))\b",
    re.IGNORECASE,
)
# “Please do not cancel”: what stands before the verb, and after it.
_NOT = re.compile(
    r"\b(?:ne |n')(?:\w+ |\w'){0,2}$|(?<!\bsie )(?<!\bu )\b(?:nicht|niet) (?:mehr |meer )?$", re.IGNORECASE
)
_NOT_AFTER = re.compile(
    r"(?: (?!(?:ich|wir|ik|wij|we|weil|denn|want|omdat)\b)\w+){0,5} (?:nicht|niet)(?: mehr| meer)?\W*",
    re.IGNORECASE,
)
# “Können Sie auch in die Schweiz senden?”: where to, and nothing for them.
_TO_A_PLACE = re.compile(
    r" ?(?:auch |ook |aussi |egalement |tambien |anche )?(?:in|nach|naar|en|au|aux|à|a|vers|al|alla|negli|nei)\b",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"\b(?:mi[rjeaos]?|mich|uns\w*|mein\w*|mijn|me|ons|onze|moi|nous|m[oae]n|mes|nos|notre|nuestr\w*|miei|ci|nostr\w*"
    r"|\w+(?:rme|rmi|rnos|rci)(?:l[aeo]s?)?)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{4,}")
_EMPTY = frozenset(
    """bitte meine meinen meiner mein meinem eine einen einer diese diesen dieser neue neuen anderen zurück noch
    sofort votre notre cette autre nouveau nouvelle pour dans avec plaît merci este esta otro otra nuevo nueva para
    favor questo questa altro altra nuovo nuova della dello mijn onze deze andere nieuwe graag voor naar""".split()
)
_ROOT_OF_THING, _TOLD = 5, 0.5
_PLAIN = str.maketrans("áéíóúÁÉÍÓÚ", "aeiouAEIOU")  # “Devuélvanme”, “devuelvan”; and many leave them out.


def _patterns() -> Iterator[re.Pattern[str]]:
    for language, frames in _FRAMES.items():
        roots = "|".join(sorted({root for deed in _DEEDS for root in deed[language]}, key=len, reverse=True))
        pieces = {"verb": rf"(?P<verb>(?:{roots})\w*)", "roots": roots}
        pieces |= {"what": _WHAT, "up_to": _UP_TO, "soft": _SOFT, "order": _ORDER}
        yield from (re.compile(frame.format(**pieces).translate(_PLAIN), re.IGNORECASE) for frame in frames)


_REQUESTS = tuple(_patterns())


@dataclass(frozen=True)
class Request:
    """Something the customer asks to be done: their words, the verb, and what it is about."""

    text: str
    verb: str
    what: str

    def told_by(self, statement: str) -> bool:
        """Tell whether a statement in any of the languages is about doing that very thing."""
        said = [word.casefold() for word in _WORD.findall(statement.translate(_PLAIN))]
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
    return [root.translate(_PLAIN) for roots in deed.values() for root in roots]


_SENDS = tuple(root for deed in _DEEDS if "send" in deed["de"] for root in _roots_of(deed))


def requests(said: str) -> Iterator[Request]:
    """Yield what somebody is asked to do, sentence by sentence."""
    for sentence in sentences(said):
        for pattern in _REQUESTS:
            if (found := pattern.search(sentence.translate(_PLAIN))) and _is_request(found):
                text = sentence[found.start() : found.end()]
                yield Request(text.strip(" ,;:¡"), found["verb"].casefold(), found["what"].strip())
                break


def _is_request(found: re.Match[str]) -> bool:
    """Tell whether a deed is asked for, not told about or forbidden, nor whether it is done somewhere at all."""
    if _TELLING.search(found.group()) or _NOT.search(found.string[: found.start("verb")]):
        return False
    if _NOT_AFTER.fullmatch(found.string[found.end("verb") :]):
        return False
    sends = found["verb"].casefold().startswith(_SENDS)
    return not (sends and _TO_A_PLACE.match(found["what"]) and not _OURS.search(found.group()))
