"""Headers as we write them: folded here, and then kept as they are.

The standard library's structured headers take addresses and long ids apart to put them together again, and fail on
odd ones. So these few headers are made ready by small functions, and its policy is told to leave them alone.
"""

from email.header import Header
from email.policy import EmailPolicy

_FOLD = "\r\n "
_SHORT = 60  # Characters of a mailbox that fit on a line with the name of its header.
_QUOTE_NEEDED = frozenset("()<>[]:;@,.")  # In a display name; quotes and backslashes do not get here.


class WrittenHeaders(EmailPolicy):
    """Takes headers that are ready; those that describe the content are the standard library's own."""

    def header_store_parse(self, name: str, value: str) -> tuple[str, str]:
        return (name, value) if _is_ours(name) else super().header_store_parse(name, value)

    def fold(self, name: str, value: str) -> str:
        return f"{name}: {value}\r\n" if _is_ours(name) else str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii") if _is_ours(name) else super().fold_binary(name, value)


POLICY = WrittenHeaders(linesep="\r\n", cte_type="7bit")


def words(name: str, text: str) -> str:
    """Write one line of words in any language as the value of header `name`."""
    # What looks like an encoded word but is none must not be decoded by its reader.
    plain = text.isascii() and "=?" not in text
    return Header(text, "ascii" if plain else "utf-8", header_name=name).encode(linesep="\r\n")


def mailbox_of(name: str, address: str) -> str:
    """Write a mailbox: the name people read (one line, no quotes or backslashes), and the address as it is."""
    if not name:
        return address
    if name.isascii() and "=?" not in name:
        shown = f'"{name}"' if _QUOTE_NEEDED & set(name) else name
    else:
        shown = Header(name, "utf-8", header_name="Reply-To").encode(linesep="\r\n")
    gap = " " if len(shown) + len(address) < _SHORT else _FOLD
    return f"{shown}{gap}<{address}>"


def addresses_of(known: list[str]) -> str:
    """Write addresses, one a line."""
    return f",{_FOLD}".join(known)


def ids(known: list[str]) -> str:
    """Write message ids, one a line: a folded or encoded id is no id any more."""
    return _FOLD.join(known)


def _is_ours(name: str) -> bool:
    return name.lower() != "mime-version" and not name.lower().startswith("content-")
