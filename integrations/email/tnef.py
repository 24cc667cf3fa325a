"""What is in a winmail.dat: the names of the files that Outlook packed into it.

The format is [MS-OXTNEF], 2.1.3: a signature, then attributes of a level, an id, a length, data and a checksum.
Only the titles of attachments are read; nothing is unpacked.
"""

import struct

from integrations.email.decode import decode, one_line

_SIGNATURE = 0x223E9F78
_HEADER = struct.Struct("<BII")
_TITLE = 0x00018010
_MOST_ATTRIBUTES = 5_000
_MOST_NAMES = 50
_NAME_LENGTH = 200


def file_names(data: bytes) -> tuple[str, ...]:
    """Return the names in order; none when this is no such file, and those before the damage when it is damaged."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return ()
    names: list[str] = []
    at = 6
    for _ in range(_MOST_ATTRIBUTES):
        if at + _HEADER.size > len(data) or len(names) >= _MOST_NAMES:
            break
        _, attribute, length = _HEADER.unpack_from(data, at)
        at += _HEADER.size
        if attribute == _TITLE:
            title = data[at : at + min(length, _NAME_LENGTH * 4)].partition(b"\0")[0]
            names.append(one_line(decode(title))[:_NAME_LENGTH])
        at += length + 2
    return tuple(filter(None, names))
