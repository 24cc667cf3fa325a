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
NULL_SENDER = "no return address"

_DELIVERY_REPORT = "delivery report"

_DAEMON = re.compile(r"^(?:mailer-?daemon|postmaster|mail-?system|mail-?delivery)\b", re.IGNORECASE)
_NO_REPLY = re.compile(
    r"^(?:no|do[-_.]?not|nicht)[-_.]?(?:reply|respond|antworten)\b|^noreply", re.IGNORECASE
)
_OUT_OF_OFFICE = re.compile(
    r"^\W*(?:out[- ]of[- ](?:the[- ])?office|automatic reply|auto(?:matic)?[- ]?(?:reply|response)|away from my mail"
    r"|abwesen|automatische antwort|réponse automatique|absence du bureau|absent du bureau"
    r"|respuesta automática|fuera de (?:la )?oficina|risposta automatica|fuori (?:sede|ufficio)"
    r"|automatisch antwoord|afwezig|autosvar|frånvaro|automatisk svar|fravær|resposta automática"
    r"|ausência|odpowiedź automatyczna|automaattinen vastaus|poissa|automatická odpověď|自動応答|自動返信|不在)",
    re.IGNORECASE,
)
_UNDELIVERED = re.compile(
    r"^\W*(?:undeliver|delivery (?:status|failure|has failed)|mail delivery (?:failed|failure|system)"
    r"|returned mail|failure notice|(?:delivery|mail|message) delayed|delayed (?:mail|delivery)"
    r"|warning: (?:message|could not send|mail)|unzustellbar|nicht zustellbar|non remis|no se puede entregar)",
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
    return told_by_machine and bool(_UNDELIVERED.search(mail.subject))


def _null_return_path(mail: Mail) -> bool:
    return mail.headers.first("Return-Path").replace(" ", "").strip() == "<>"


def _says(name: str, *words: str) -> Callable[[Mail], bool]:
    return lambda mail: mail.headers.word(name) in words


def _has(name: str) -> Callable[[Mail], bool]:
    return lambda mail: name in mail.headers


def _says_other_than(name: str, word: str) -> Callable[[Mail], bool]:
    return lambda mail: mail.headers.word(name) not in {"", word}


_SIGNS: tuple[tuple[str, Callable[[Mail], bool]], ...] = (
    (OWN_MAIL, _has(LOOP_HEADER)),
    (_DELIVERY_REPORT, is_bounce),
    ("read receipt", lambda mail: mail.report == "disposition-notification"),
    ("report by a mail system", lambda mail: bool(mail.report)),
    ("out-of-office reply", lambda mail: bool(_OUT_OF_OFFICE.search(mail.subject))),
    ("automatic reply", _says("Auto-Submitted", "auto-replied")),
    ("automatic reply", _has("X-Autoreply")),
    ("automatic reply", _has("X-Autorespond")),
    ("automatic reply", _has("X-Autoresponder")),
    ("automatic reply", _says("Precedence", "auto_reply")),
    ("automatic mail", _says_other_than("Auto-Submitted", "no")),
    ("mailing list", _has("List-Id")),
    ("mailing list", _says("Precedence", "list")),
    ("bulk mail", _has("List-Unsubscribe")),
    ("bulk mail", _says("Precedence", "bulk", "junk")),
    ("mail by a mail system", lambda mail: bool(_DAEMON.search(mail.sender))),
    ("no-reply address", lambda mail: bool(_NO_REPLY.search(mail.sender))),
    ("loop mark of another system", _has("X-Loop")),
    (NULL_SENDER, _null_return_path),
    ("asks for no automatic answers", _says_other_than("X-Auto-Response-Suppress", "none")),
)
