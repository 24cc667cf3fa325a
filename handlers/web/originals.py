"""A mail as it was sent, safe to look at, behind a signed link that ends after a working day.

The content is cleaned (`integrations/email/safehtml.py`), and the page's policy forbids it to run, load, send or
frame anything, whatever cleaning may have missed.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from html import escape

from aiohttp import web

from bot.core.errors import Unavailable
from bot.core.ports.engine import Clock
from handlers.web.signed import SignedLinks, policy_for
from integrations.email.parse import ParsedMail, parse
from integrations.email.safehtml import SafeHtml, safe_html

RawMail = Callable[[str], Awaitable[bytes | None]]

_FOR = timedelta(hours=8)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_STYLE = """
body{margin:0;font:16px/1.5 system-ui,sans-serif;color:#1f2328;background:#fff}
header{padding:12px 20px;background:#f6f8fa;border-bottom:1px solid #d0d7de;font-size:14px}
header h1{margin:0 0 4px;font-size:18px}header p{margin:2px 0;overflow-wrap:anywhere}
main{padding:20px;contain:content;overflow:auto}main pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}
main img{max-width:100%}main em{color:#b35900;font-style:normal}
"""
# Links open in a tab of their own, outside of the sandbox. A mail's own styles are attributes, which no hash allows.
_HEADERS = policy_for(
    _STYLE,
    style_src="'unsafe-inline'",
    img_src="data:",
    sandbox="allow-popups allow-popups-to-escape-sandbox",
)


class OriginalMails:
    """Makes links to mails as they came, and serves what they lead to."""

    def __init__(self, raw_mail: RawMail, base_url: str, secret: str, clock: Clock) -> None:
        """Find a mail by the SHA-256 of its content with `raw_mail`."""
        self._raw_mail = raw_mail
        self._base_url = base_url
        self._links = SignedLinks("original mail", secret, clock, _FOR)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/mail/original/{sha256}", self.show)]

    def link(self, sha256: str) -> str:
        """Return where to look at a mail."""
        return f"{self._base_url}/mail/original/{sha256}?{self._links.query(sha256)}"

    async def show(self, request: web.Request) -> web.Response:
        """Show a mail: 403 without our signature, 410 when the link has ended, 404 for one that is gone."""
        sha256 = request.match_info["sha256"]
        if not _SHA256.fullmatch(sha256):
            raise web.HTTPForbidden(text="This is no link of ours.")
        if self._links.is_over(sha256, request.query):
            raise web.HTTPGone(text="This link has ended. Press “Show original” in Slack for a new one.")
        try:
            raw = await self._raw_mail(sha256)
        except Unavailable as error:
            raise web.HTTPServiceUnavailable(text="Please try again in a minute.") from error
        if raw is None:
            raise web.HTTPNotFound(text="This mail is not kept any more.")
        page = await asyncio.to_thread(page_of, raw)
        return web.Response(text=page, content_type="text/html", headers=_HEADERS)


def page_of(raw: bytes) -> str:
    """Return the page of a mail; never raises for what is in it."""
    mail = parse(raw)
    safe = safe_html(mail.html, _pictures(mail)) if mail.html.strip() else None
    whole = mail.text if not mail.quoted else f"{mail.text}\n\n{mail.quoted}"
    content = safe.html if safe is not None else f"<pre>{escape(whole)}</pre>"
    sender = f"{mail.sender_name} <{mail.sender_address}>" if mail.sender_name else mail.sender_address
    heads = [("From", sender), ("To", ", ".join(mail.to)), ("Cc", ", ".join(mail.cc))]
    lines = "".join(f"<p>{name}: {escape(value)}</p>" for name, value in heads if value)
    title = escape(mail.subject or "No subject")
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head><body>'
        f"<header><h1>{title}</h1>{lines}{_notice(safe)}</header><main>{content}</main></body></html>"
    )


def _pictures(mail: ParsedMail) -> dict[str, tuple[str, bytes]]:
    known = zip(mail.attachments, mail.contents, strict=True)
    return {one.content_id: (one.type, content) for one, content in known if one.content_id and content}


def _notice(safe: SafeHtml | None) -> str:
    """Say what was left out."""
    said = []
    if safe is not None and safe.pictures:
        said.append(f"{safe.pictures} pictures from elsewhere are not loaded")
    if safe is not None and safe.links:
        said.append(f"{safe.links} links that lead elsewhere than they say are taken away")
    return f"<p><strong>{'; '.join(said).capitalize()}.</strong></p>" if said else ""
