"""What came with a mail, and which of it is kept apart from the mail itself."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from bot.core.model import Attachment
from integrations.email.body import Attachment as Part
from integrations.email.parse import ParsedMail

_MIB = 1024 * 1024
_MOST = 20
_LARGEST = 10 * _MIB


def attachments_of(mail: ParsedMail) -> tuple[tuple[Attachment, ...], Mapping[str, bytes], Sequence[str]]:
    """Return the attachments, the contents to keep by their SHA-256, and what people are to know about the rest."""
    contents: dict[str, bytes] = {}
    found = [
        _attachment(each, data, contents) for each, data in zip(mail.attachments, mail.contents, strict=True)
    ]
    left = sum(1 for each in found if each.size and not each.sha256)
    notice = f"{left} of {len(found)} attachments are only in the original mail: too large or too many"
    return tuple(found), contents, [notice] if left else []


def _attachment(part: Part, data: bytes, contents: dict[str, bytes]) -> Attachment:
    """Take one part up; `contents` grows by what is kept of it."""
    digest = ""
    if data and len(data) <= _LARGEST and len(contents) < _MOST:
        digest = sha256(data).hexdigest()
        contents[digest] = data
    return Attachment(part.name, part.type, part.size, digest, inline=getattr(part, "inline", False))
