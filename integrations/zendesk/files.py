"""Files of comments: fetched from where Zendesk says they are, which may be another host."""

from urllib.parse import urlsplit

import requests

from bot.core.errors import Refused, Unavailable
from integrations.zendesk.tokens import Tokens

_CONNECT = 3.05
_PIECE = 65_536


def download(url: str, base: str, tokens: Tokens, timeout: float, limit: int) -> bytes:
    """Fetch a file of at most `limit` bytes; our token goes to the host of `base` and to no other.

    Raises:
        Unavailable: it cannot be fetched now.
        Refused: there is none, it is larger, or this is no address of a file.
    """
    place, home = urlsplit(url), urlsplit(base)
    at_home = (place.scheme, place.netloc) == (home.scheme, home.netloc)
    if not at_home and place.scheme != "https":
        raise Refused("Zendesk names no address of the file")
    headers = {"Authorization": f"Bearer {tokens.current()}"} if at_home else {}
    try:
        with requests.Session() as session:
            session.trust_env = False  # Else a .netrc of this machine would be sent along.
            with session.get(url, headers=headers, timeout=(_CONNECT, timeout), stream=True) as response:
                return _content(response, limit)
    except requests.RequestException as error:
        raise Unavailable(f"The file cannot be fetched ({type(error).__name__})") from None


def _content(response: requests.Response, limit: int) -> bytes:
    if response.status_code >= 500 or response.status_code in {401, 429}:
        raise Unavailable(f"The file cannot be fetched (status {response.status_code})")
    if response.status_code != 200:
        raise Refused(f"The file is not there (status {response.status_code})")
    content = bytearray()
    for piece in response.iter_content(_PIECE):
        content += piece
        if len(content) > limit:
            raise Refused("The file is larger than it was said to be")
    return bytes(content)
