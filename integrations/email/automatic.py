"""Is a mail from a machine, and why do we think so? Such mail is kept but never answered by itself.

Every single sign is weak (a bounce may carry only one of them), so the union of all of them counts. Each sign is
a phrase for people and a test on the headers; the first phrase that fits is the one shown.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from integrations.email.headers import Headers

LOOP_HEADER = "X-Threadpilot-Loop"
OWN_MAIL = "our own mail (loop)"
ENCLOSED = "enclosed"  # A delivery report that a mail holds without being one: people forward them.
NULL_SENDER = "no return address"

_DELIVERY_REPORT = "delivery report"
_BY_DAEMON, _NO_REPLY_ADDRESS = "mail by a mail system", "no-reply address"

_DAEMON = re.compile(
    r"^(?:mailer-?daemon|postmaster|mail-?system|mail-?delivery|mdaemon|bounces?[+@-])", re.IGNORECASE
)
_NO_REPLY = re.compile(
    r"(?:^|[._+-])(?:(?:no|do[-_.]?not|dont|nicht|ne[-_.]?pas|non|no|nao|niet|ej|ikke|ei)[-_.]?"
    r"(?:reply|respond|antworten|repondre|rispondere|responder|responda|contestar|beantwoorden|svara?|vastata))"
    r"(?:$|[._+@-])|^no-?reply",
    re.IGNORECASE,
)
# How programs begin the subject of an answer in the absence of its reader, by language.
_OUT_OF_OFFICE_WORDS = (
    "automatic reply, auto reply, autoreply, auto-reply, auto response, auto-response, automatic response, "
    "out of the office, out of office, out-of-office, vacation reply, vacation response, away from my mail, "
    "i am out of the office, automated reply, automated response, "
    "automatische antwort, automatische rückantwort, abwesenheitsnotiz, abwesenheitsnachricht, abwesenheitsmeldung, "
    "abwesenheitsassistent, abwesenheit, abwesend, automatische e-mail-antwort, "
    "réponse automatique, message d'absence, absence du bureau, absent du bureau, absente du bureau, absence, "
    "respuesta automática, fuera de la oficina, fuera de oficina, ausente de la oficina, "
    "risposta automatica, fuori sede, fuori ufficio, assente dall'ufficio, "
    "resposta automática, ausência temporária, ausência do escritório, fora do escritório, ausente do escritório, "
    "automatisch antwoord, afwezigheidsassistent, afwezigheidsbericht, afwezig, niet aanwezig, "
    "automatisk svar, autosvar, ikke til stede, ikke på kontoret, fraværende, fravær, fraværsmelding, "
    "automatiskt svar, frånvaro, frånvaromeddelande, inte på kontoret, frånvarande, "
    "automaattinen vastaus, poissa toimistosta, poissaolo, poissaoloilmoitus, poissa, "
    "odpowiedź automatyczna, automatyczna odpowiedź, autoodpowiedź, poza biurem, nieobecność w biurze, nieobecność, "
    "automatická odpověď, mimo kancelář, nepřítomnost, automatická odpoveď, mimo kancelárie, neprítomnosť, "
    "otomatik yanıt, otomatik cevap, ofis dışında, ofis dışındayım, "
    "автоответ, автоматический ответ, отсутствие на рабочем месте, нет на месте, вне офиса, автоматична відповідь, "
    "automatikus válasz, házon kívül, házon kívül vagyok, távolléti értesítés, "
    "răspuns automat, absent din birou, αυτόματη απάντηση, εκτός γραφείου, αυτόματος απαντητής, "
    "自動応答, 自動返信, 不在通知, 不在のお知らせ, 不在, 自动回复, 自动答复, 自動回覆, 自動回復, 自動答覆, 外出, 休假, 자동 응답, 자동응답, 부재중, 부재 중, "
    "자동 회신, رد تلقائي, الرد التلقائي, خارج المكتب, תשובה אוטומטית, מענה אוטומטי, מחוץ למשרד, הודעה אוטומטית, "
    "trả lời tự động, balasan otomatis, di luar kantor, ตอบกลับอัตโนมัติ, automatski odgovor, izvan ureda, "
    "samodejni odgovor, автоматичен отговор, resposta automàtica"
)
# Behind the words nothing may follow but a sign or a word of time: "Out of office chairs" is a customer's subject.
_OUT_OF_OFFICE = re.compile(
    r"^\W*(?:auto: ?)?(?:"
    + "|".join(re.escape(word.strip()) for word in _OUT_OF_OFFICE_WORDS.split(","))
    + r")(?:[^\w\s]|\s*$|\s+(?:[^\w\s]|re\b|aw\b|until|till|from|message|reply|notification|notice|auto|bis|vom|von|"
    r"jusqu|du\b|hasta|del\b|fino|dal\b|até|tot\b|van\b|til\b|fra\b|till\b|från|asti|do\b|od\b|на|до|с\b|\d|のお知らせ))",
    re.IGNORECASE,
)
_UNDELIVERED = re.compile(
    r"^\W*(?:undeliver|delivery (?:status|failure|has failed|report|incomplete|delayed)|message undeliver|"
    r"mail delivery (?:failed|failure|system|subsystem|error)"
    r"|returned mail|failure notice|(?:delivery|mail|message) delayed|delayed (?:mail|delivery)|could not be delivered"
    r"|warning: (?:message|could not send|mail|e-?mail)|message (?:could not|not) (?:be )?deliver|rejected:|nondeliverable"
    r"|non[- ]?delivery|mail (?:system )?error|unable to deliver|your (?:message|e-?mail) (?:could|was|to)"
    r"|unzustellbar|nicht zustellbar|unzugestellt|zustellung|mail-?zustellung|fehler bei der zustellung|verzögert"
    r"|non remis|échec de (?:la )?(?:remise|livraison|distribution)|message non distribué|non distribuable|retardé"
    r"|no se (?:puede|ha podido|pudo) entregar|error de entrega|correo no entregado|no entregado"
    r"|não (?:foi possível|entregue)|mensagem não entregue|falha na entrega"
    r"|non recapitabile|mancat[ao] (?:consegna|recapito)|impossibile recapitare"
    r"|onbestelbaar|niet bezorgd|kan niet worden bezorgd|oleverbart|kunde inte levereras|kan ikke leveres|uleverbar|ikke levert"
    r"|toimittaminen epäonnistui|ei voitu toimittaa|niedostarczon|nie można dostarczyć|zwrot wiadomości"
    r"|nedoručitelné|nedoručeno|teslim edilemedi|недоставлен|не удается доставить|не доставлено|сообщение не доставлено"
    r"|kézbesíthetetlen|nelivrat|μη παραδοτέο|配信不能|配信できません|未配信|退信|系统退信|無法傳遞|未送达|无法投递|배달되지|전송 실패|반송"
    r"|تعذر التسليم|لم يتم التسليم|לא ניתן למסור|לא נמסר)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Mail:
    """What the signs look at. `report` is the report-type of a multipart/report, or empty."""

    headers: Headers
    subject: str
    sender: str
    report: str = ""


def reasons(mail: Mail) -> tuple[str, ...]:
    """Name every reason to believe that a machine wrote this, the most telling first."""
    return tuple(dict.fromkeys(phrase for phrase, seen in _SIGNS if seen(mail)))


def is_bounce(mail: Mail) -> bool:
    """Tell whether this reports that a mail did not arrive."""
    if mail.report == "delivery-status" or "X-Failed-Recipients" in mail.headers:
        return True
    told_by_machine = _null_return_path(mail) or bool(_DAEMON.search(mail.sender))
    return told_by_machine and (mail.report == ENCLOSED or bool(_UNDELIVERED.search(mail.subject)))


def machine_address(address: str) -> str:
    """Return why nobody reads what is sent to an address, or the empty string."""
    if _DAEMON.search(address):
        return _BY_DAEMON
    return _NO_REPLY_ADDRESS if _NO_REPLY.search(address) else ""


def _null_return_path(mail: Mail) -> bool:
    return mail.headers.first("Return-Path").replace(" ", "").strip() == "<>"


def _says(name: str, *words: str) -> Callable[[Mail], bool]:
    return lambda mail: mail.headers.word(name) in words


def _has(name: str) -> Callable[[Mail], bool]:
    return lambda mail: name in mail.headers


def _says_other_than(name: str, word: str) -> Callable[[Mail], bool]:
    return lambda mail: mail.headers.word(name) not in {"", word}


_RESPONDERS = (
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Respond",
    "X-Auto-Response",
    "X-Auto-Reply",
    "X-Autoreply-From",
    "X-Mail-Autoreply",
    "X-Autogenerated",
    "X-FC-MachineGenerated",
    "X-MS-Exchange-Inbox-Rules-Loop",
)
_SIGNS: tuple[tuple[str, Callable[[Mail], bool]], ...] = (
    (OWN_MAIL, _has(LOOP_HEADER)),
    (_DELIVERY_REPORT, is_bounce),
    ("read receipt", lambda mail: mail.report == "disposition-notification"),
    ("report by a mail system", lambda mail: mail.report not in {"", ENCLOSED}),
    ("out-of-office reply", lambda mail: bool(_OUT_OF_OFFICE.search(mail.subject))),
    ("automatic reply", _says("Auto-Submitted", "auto-replied")),
    ("automatic reply", _says_other_than("X-Autoreply", "no")),
    *(("automatic reply", _has(name)) for name in _RESPONDERS),
    ("automatic reply", _says("Precedence", "auto_reply", "auto-reply")),
    ("automatic reply", _says("X-Precedence", "auto_reply", "auto-reply")),
    ("automatic reply", lambda mail: mail.headers.word("Delivered-To") == "autoresponder"),
    ("automatic mail", _says_other_than("Auto-Submitted", "no")),
    ("mailing list", _has("List-Id")),
    ("mailing list", _has("List-Post")),
    ("mailing list", _says("Precedence", "list")),
    ("bulk mail", _has("List-Unsubscribe")),
    ("bulk mail", _says("Precedence", "bulk", "junk")),
    ("bulk mail", _says("X-Precedence", "bulk", "junk", "list")),
    (_BY_DAEMON, lambda mail: machine_address(mail.sender) == _BY_DAEMON),
    (_NO_REPLY_ADDRESS, lambda mail: bool(_NO_REPLY.search(mail.sender))),
    ("loop mark of another system", _has("X-Loop")),
    (NULL_SENDER, _null_return_path),
    ("asks for no automatic answers", _says_other_than("X-Auto-Response-Suppress", "none")),
)
