"""What counts as text."""

import unicodedata


def is_blank(text: str) -> bool:
    """Tell whether there is nothing to see: only white space, controls and invisible characters."""
    return all(unicodedata.category(character)[0] in "CZ" for character in text)
