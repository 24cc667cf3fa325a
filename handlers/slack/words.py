"""Words that several commands have in common."""

from blocks import replies
from bot.core.errors import InvalidInput
from bot.core.model import Channel

_CHANNELS = {str(channel): channel for channel in Channel} | {
    "e-mail": Channel.EMAIL,
    "mail": Channel.EMAIL,
    "text": Channel.SMS,
    "webchat": Channel.CHAT,
    "voice": Channel.PHONE,
}
_EVERYWHERE = {"all", "everywhere", "*"}
_NAMES = ", ".join(Channel)


def channel_of(name: str) -> Channel | None:
    """Read the name of a channel; None means every one.

    Raises:
        InvalidInput: there is no such channel.
    """
    plain = name.lower().rstrip(",:")
    if plain in _EVERYWHERE:
        return None
    if plain not in _CHANNELS:
        raise InvalidInput(f"{replies.code(name)} is no channel: use one of {_NAMES}, or `all`.")
    return _CHANNELS[plain]
