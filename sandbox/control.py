"""The control API beyond Slack: mail, weather, the demo company, and what the page needs to know."""

from collections.abc import Callable

import aiosmtplib
from aiohttp import web

from sandbox import demo_company
from sandbox.mail import MailSink, compose, post
from sandbox.slack.service import SlackService
from sandbox.weather import Sky
from sandbox.wire import BadRequestError, Record, optional, read_object, wanted


class Control:
    def __init__(
        self,
        sky: Sky,
        sink: MailSink,
        slack: SlackService,
        smtp_listen: str,
        info: Callable[[], Record],
        changed: Callable[[], None],
    ) -> None:
        self._sky, self._sink, self._slack = sky, sink, slack
        self._smtp_listen, self._info, self._changed = smtp_listen, info, changed

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/control/weather", self._set_weather),
            web.get("/control/weather", self._weather),
            web.get("/control/mail", self._mail),
            web.post("/control/mail/send", self._send_mail),
            web.get("/control/company", _company),
            web.get("/control/info", self._show_info),
        ]

    async def _set_weather(self, request: web.Request) -> web.Response:
        self._sky.report(await read_object(request))
        await self._slack.heed_weather()
        self._changed()
        return await self._weather(request)

    async def _weather(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "weather": self._sky.as_dict()})

    async def _mail(self, _request: web.Request) -> web.Response:
        return web.json_response(self._sink.received)

    async def _send_mail(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        sender, subject, text = wanted(body, "from", "subject", "text")
        to = optional(body, "to") or self._info()["support"]
        references = _references(body)
        try:
            mail = compose(sender, optional(body, "name") or "", to, subject, text, references)
        except ValueError as mistake:
            raise BadRequestError(f"This cannot be written into a mail: {mistake}.") from None
        host, _, port = self._smtp_listen.rpartition(":")
        try:
            await post(mail, sender, to, host, int(port))
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            first = refusal.recipients[0]
            return _failed(f"The app refused the mail: {first.code} {first.message}")
        except aiosmtplib.SMTPResponseException as refusal:
            return _failed(f"The app refused the mail: {refusal.code} {refusal.message}")
        except (aiosmtplib.SMTPException, OSError):
            return _failed(f"The app takes no mail at {self._smtp_listen}. Is it running?")
        return web.json_response({"ok": True, "message_id": mail["Message-ID"]})

    async def _show_info(self, _request: web.Request) -> web.Response:
        return web.json_response(self._info())


def _references(body: Record) -> list[str]:
    """Return the ids a mail refers to, the one it answers last."""
    given = body.get("references") or []
    known = given.split() if isinstance(given, str) else given
    if not isinstance(known, list) or not all(isinstance(one, str) for one in known):
        raise BadRequestError("The field 'references' must be a string or a list of strings.")
    answered = optional(body, "in_reply_to")
    return [*(one for one in known if one != answered), answered] if answered else known


def _failed(sentence: str) -> web.Response:
    return web.json_response({"ok": False, "error": sentence}, status=502)


async def _company(_request: web.Request) -> web.Response:
    return web.json_response(
        {
            "customers": demo_company.customers(),
            "tickets": demo_company.tickets(),
            "welcome": demo_company.welcome(),
            "suggestions": demo_company.suggestions(),
        }
    )
