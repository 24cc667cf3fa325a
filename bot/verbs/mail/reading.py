"""`threadpilot parse-email`: what intake would see of mails in files, with the reason for every block."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bot.core.errors import Misconfigured
from integrations.email.decode import clean, decode
from integrations.email.newtext import Decision, split
from integrations.email.parse import parse

_LARGEST = 50_000_000  # Bytes that are read of one file.
_INDENT = "    "
_NO_MAIL = "note: this is no mail: it names neither a sender nor a recipient nor a subject"


@dataclass(frozen=True)
class Reading:
    """What one file says. The fields are those of the JSON that the command prints, in its order."""

    file: str
    sender: str
    subject: str
    text: str
    quoted: str
    automatic: bool = False
    bounce: bool = False
    reasons: list[str] = field(default_factory=list)

    @property
    def is_mail(self) -> bool:
        """Tell whether it was a mail, or the text of one; whatever it was, it has been read."""
        return _NO_MAIL not in self.reasons

    def as_json(self) -> str:
        """Return one line of JSON, in ASCII so that any terminal and log takes it."""
        return json.dumps(
            {("from" if name == "sender" else name): value for name, value in asdict(self).items()}
        )

    def as_text(self) -> str:
        """Return the same for people."""
        kind = (
            "a delivery report" if self.bounce else "automatic" if self.automatic else "written by a person"
        )
        rows = [
            self.file,
            f"  from:    {self.sender or '-'}",
            f"  subject: {self.subject or '-'}",
            f"  is:      {kind}",
        ]
        for title, text in (("new text", self.text), ("folded", self.quoted)):
            rows += [f"  {title}:", *(f"{_INDENT}{line}".rstrip() for line in (text or "-").split("\n"))]
        return "\n".join(
            [*rows, "  why:", *(f"{_INDENT}{reason}" for reason in self.reasons or ["nothing to fold"])]
        )


def readings(paths: Iterable[Path], *, reply_text: bool = False) -> Iterator[Reading]:
    """Read every file, and those in every folder; `reply_text`: they hold the text of a mail only.

    Raises:
        Misconfigured: a path does not exist or may not be read.
    """
    for path in files(paths):
        try:
            with path.open("rb") as file:
                raw = file.read(_LARGEST)
        except OSError as error:
            raise Misconfigured(f"{path} cannot be read: {error.strerror}.") from error
        yield read_text(str(path), raw) if reply_text else read_mail(str(path), raw)


def files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield files as they are and the files of folders in the order of their names."""
    for path in paths:
        if path.is_dir():
            yield from sorted(one for one in path.rglob("*") if one.is_file())
        elif path.exists():
            yield path
        else:
            raise Misconfigured(f"{path} does not exist.")


def read_mail(name: str, raw: bytes) -> Reading:
    """Read a whole mail."""
    mail = parse(raw)
    reasons = [] if mail.sender_address or mail.recipients or mail.subject else [_NO_MAIL]
    reasons += [f"automatic: {reason}" for reason in mail.reasons]
    if mail.returned is not None:
        final = "will not be delivered" if mail.returned.permanent else "is late"
        reasons.append(f"a mail of ours {final}: {mail.returned.reason}")
    if mail.forwarded is not None and (author := mail.forwarded.author):
        reasons.append(f"forwarded, first written by {author}")
    reasons += [*_said(mail.decisions), *(f"note: {warning}" for warning in mail.warnings)]
    machine = bool(mail.reasons)
    return Reading(
        name, mail.sender_address, mail.subject, mail.text, mail.quoted, machine, mail.bounce, reasons
    )


def read_text(name: str, raw: bytes) -> Reading:
    """Read the text of a mail."""
    found = split(clean(decode(raw)))
    return Reading(name, "", "", found.new, found.quoted, reasons=_said(found.decisions))


def _said(decisions: Sequence[Decision]) -> list[str]:
    return [str(decision) for decision in decisions]
