"""What comes with text and WhatsApp messages: named in the webhook, fetched from Twilio and from nowhere else.

Of the address in a webhook only the ids are used, and only when all of it is as Twilio writes it. Twilio wants our
login and then leads to where the content lies, which is asked without it, and only where that is a place of Twilio's.
See https://www.twilio.com/docs/messaging/api/media-resource.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any

from aiohttp import ClientError, ClientResponse
from yarl import URL

from bot.core.errors import Refused, Unavailable
from bot.core.model import Attachment, Inbound
from bot.core.ports.unfetched import Fetched
from integrations.twilio.client import API, TwilioApi

LARGEST = 10 * 1024 * 1024
_MOST = 10
_WITHIN = 8.0  # Seconds. Twilio waits 15 for our answer to its webhook.
_PAUSES = (0.4, 1.2)
_HOPS = 3
_CHUNK = 64 * 1024
_LEADS_ON = frozenset({301, 302, 303, 307, 308})
# It may be a moment before what is announced is there.
_WORTH_A_RETRY = frozenset({404, 408, 425, 429})
_NO_CONTENT = frozenset({"text/html", "application/json", "application/xml"})
_OURS = re.compile(
    r"/2010-04-01/Accounts/(AC[0-9a-f]{32})/Messages/((?:SM|MM)[0-9a-f]{32})/Media/(ME[0-9a-f]{32})"
)
_CDN = "s3-external-1.amazonaws.com"
_CDN_FOLDER = "/media.twiliocdn.com/"
_ENDINGS: Mapping[str, str] = {
    "application/msword": "doc",
    "application/pdf": "pdf",
    "application/vcard": "vcf",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "audio/3gpp": "3gp",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/webm": "weba",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
    "image/webp": "webp",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/plain": "txt",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "video/3gpp": "3gp",
    "video/mp4": "mp4",
    "video/mpeg": "mpg",
    "video/quicktime": "mov",
    "video/webm": "webm",
}


@dataclass(frozen=True)
class Enclosed:
    """One thing that came with a message, as the webhook names it."""

    number: int
    kind: str
    url: str

    @property
    def attachment(self) -> Attachment:
        """Describe it as long as it was not fetched. Twilio tells no name."""
        ending = f".{_ENDINGS[self.kind]}" if self.kind in _ENDINGS else ""
        name = f"{self.kind.partition('/')[0][:20] or 'file'} {self.number}{ending}"
        return Attachment(name, self.kind[:100], 0, missing="not fetched")


def enclosed_in(fields: Mapping[str, str]) -> tuple[Enclosed, ...]:
    """Read what a webhook names of media."""
    return tuple(_enclosed(fields))


def _enclosed(fields: Mapping[str, str]) -> Iterator[Enclosed]:
    count = fields.get("NumMedia", "0")
    for number in range(min(int(count), _MOST) if re.fullmatch(r"[0-9]{1,4}", count) else 0):
        url, kind = fields.get(f"MediaUrl{number}", ""), fields.get(f"MediaContentType{number}", "")
        if url:
            yield Enclosed(number + 1, kind.partition(";")[0].strip().lower(), url)


class Media:
    """Fetches what came with messages, as far as it is of a kind and a size that we keep."""

    def __init__(self, api: TwilioApi, *, within: float = _WITHIN, largest: int = LARGEST) -> None:
        """Give all of one message `within` seconds, and keep what has at most `largest` bytes."""
        self._api = api
        self._within = within
        self._largest = largest

    async def fetch(self, message: str, enclosed: Sequence[Enclosed], inbound: Inbound) -> Inbound:
        """Return a message with the content of what came with it; what cannot be had says why, and stops nothing."""
        got = await asyncio.gather(*(self._got(message, one) for one in enclosed))
        contents = {one.attachment.sha256: one.content for one in got if one.attachment.sha256}
        later = [asdict(one) for one, result in zip(enclosed, got, strict=True) if result.again]
        return replace(
            inbound,
            attachments=tuple(one.attachment for one in got),
            contents=contents,
            metadata={**inbound.metadata, **({"unfetched": later} if later else {})},
        )

    async def again(self, message: str, unfetched: Sequence[Mapping[str, Any]]) -> Sequence[Fetched]:
        """Try once more what could not be had when the message came."""
        return await asyncio.gather(*(self._got(message, Enclosed(**one)) for one in unfetched))

    async def _got(self, message: str, one: Enclosed) -> Fetched:
        try:
            async with asyncio.timeout(self._within):
                content = await self._insist(self._sid(message, one))
        except Refused as error:
            return Fetched(one.number, replace(one.attachment, missing=f"not fetched: {error}"))
        except Unavailable as error:
            return Fetched(one.number, replace(one.attachment, missing=f"not fetched: {error}"), again=True)
        except TimeoutError:
            said = "not fetched: Twilio did not hand it over in time"
            return Fetched(one.number, replace(one.attachment, missing=said), again=True)
        digest = sha256(content).hexdigest()
        had = replace(one.attachment, size=len(content), sha256=digest, missing="")
        return Fetched(one.number, had, content)

    def _sid(self, message: str, one: Enclosed) -> tuple[str, str]:
        """Return the ids of message and medium, when its address is exactly what Twilio would write."""
        if one.kind not in _ENDINGS:
            raise Refused("files of this kind are not taken")
        for base in (API, self._api.url):
            found = _OURS.fullmatch(one.url.removeprefix(base)) if one.url.startswith(f"{base}/") else None
            if found and found.groups()[:2] == (self._api.account, message):
                return message, found.group(3)
        raise Refused("its address is none of Twilio's")

    async def _insist(self, place: tuple[str, str]) -> bytes:
        for pause in _PAUSES:
            try:
                return await self._once(place)
            except Unavailable:
                await asyncio.sleep(pause)
        return await self._once(place)

    async def _once(self, place: tuple[str, str]) -> bytes:
        try:
            async with self._opened(place) as response:
                return await self._read(response)
        except (ClientError, ValueError) as error:
            raise Unavailable(f"Twilio did not hand it over ({type(error).__name__})") from error

    @asynccontextmanager
    async def _opened(self, place: tuple[str, str]) -> AsyncIterator[ClientResponse]:
        """Open the content, wherever Twilio keeps it; the way there is followed with care."""
        async with self._api.media(*place) as response:
            target = self._leads_to(response)
            if target is None:
                yield response
                return
        for _ in range(_HOPS):
            async with self._api.elsewhere(target) as response:
                target = self._leads_to(response)
                if target is None:
                    yield response
                    return
        raise Refused("Twilio leads from one address to the next")

    def _leads_to(self, response: ClientResponse) -> URL | None:
        if response.status not in _LEADS_ON:
            return None
        target = response.url.join(URL(response.headers.get("Location", "")))
        if not _is_twilios(target, URL(self._api.url)):
            raise Refused("it leads to an address that is none of Twilio's")
        return target

    async def _read(self, response: ClientResponse) -> bytes:
        if response.status in _WORTH_A_RETRY or response.status >= 500:
            raise Unavailable(f"Twilio did not hand it over ({response.status})")
        if response.status != 200 or response.content_type in _NO_CONTENT:
            raise Refused(f"Twilio did not hand it over ({response.status})")
        too_large = Refused(f"larger than {self._largest // 1024 // 1024} MB")
        if (response.content_length or 0) > self._largest:
            raise too_large
        content = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            content += chunk
            if len(content) > self._largest:
                raise too_large
        if not content:
            raise Refused("it is empty")
        return bytes(content)


def _is_twilios(target: URL, api: URL) -> bool:
    """Tell whether Twilio keeps media there; a stand-in keeps them where it is itself."""
    if target.scheme not in {"http", "https"} or not target.host or target.user or target.password:
        return False
    if target.origin() == api.origin():
        return True
    in_bucket = target.host == _CDN and target.path.startswith(_CDN_FOLDER)
    return (
        target.scheme == "https"
        and target.port == 443
        and (target.host.endswith(".twiliocdn.com") or in_bucket)
    )
