"""What counts as text."""

import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})


def is_blank(text: str) -> bool:
    """Tell whether there is nothing to see: only white space, controls and invisible characters.

    What this Python's Unicode does not know yet, such as a newer emoji, is something to see.
    """
    return all(unicodedata.category(character) in _UNSEEN for character in text)


def defused(cell: str) -> str:
    """Return the text of a CSV cell so that no spreadsheet takes it for a formula (OWASP, "CSV Injection")."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
