"""The page on which a customer rates our help, behind a signed link that ends after 30 days.

Looking at it counts nothing: programs that check the links of a mail look at all of them. Pressing a number does, and
the last one counts.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from html import escape
from time import monotonic
from typing import Protocol

from aiohttp import web

from bot.core.errors import InvalidInput, Rejected, Unavailable
from bot.core.model import BEST_SCORE, Case
from bot.core.ports.engine import Clock
from bot.services.admission import Rate, SlowDown, Throttle
from bot.services.ratings import COMMENT_LIMIT
from bot.services.survey_words import WORDS, SurveyWords, language_of_customer
from handlers.web.signed import SignedLinks, policy_for

_FOR = timedelta(days=30)
_PER_LINK = Rate(10, timedelta(hours=1))
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_STYLE = """
body{margin:0;padding:32px 16px;font:17px/1.5 system-ui,sans-serif;color:#1f2328;background:#fff}
main{max-width:34rem;margin:auto}h1{font-size:1.4rem}label{display:block;margin-bottom:.3rem}
textarea{box-sizing:border-box;width:100%;min-height:5rem;font:inherit;padding:.5rem}
.scores{display:flex;gap:.5rem;margin:1rem 0 .3rem}
button{flex:1;min-height:3rem;font:inherit;font-weight:600;border:1px solid #57606a;border-radius:8px;
background:#f6f8fa;color:inherit;cursor:pointer}
button:hover,button:focus-visible{background:#0b5cad;color:#fff;outline:2px solid #0b5cad;outline-offset:2px}
.ends{display:flex;justify-content:space-between}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}button{background:#21262d;border-color:#8b949e}
textarea{background:#161b22;color:inherit}}
"""
_HEADERS = policy_for(_STYLE, form_action="'self'")


class Rates(Protocol):
    """What takes a rating."""

    async def rate(self, conversation_id: str, score: int, comment: str) -> None: ...


class RatingLinks:
    """Makes the links to the page, and knows them again."""

    def __init__(self, public_url: str, secret: str, clock: Clock) -> None:
        self._public_url = public_url
        self._links = SignedLinks("rating", secret, clock, _FOR)

    def question(self, case: Case) -> str:
        """Return what a customer is asked by mail, in their language, with the link to the page."""
        language, conversation = language_of_customer(case), case.conversation.id
        query = self._links.query(conversation)
        link = f"{self._public_url}/rate/{conversation}?{query}&lang={language}"
        return WORDS[language].mail.format(link=link)

    def is_over(self, request: web.Request) -> bool:
        """Tell whether the link has ended; raises HTTPForbidden for one that is none of ours."""
        conversation = request.match_info["conversation"]
        if not _ID.fullmatch(conversation):
            raise web.HTTPForbidden(text="This is no link of ours.")
        return self._links.is_over(conversation, request.query)


class RatingPages:
    """Shows the page, and takes what is pressed on it."""

    def __init__(self, ratings: Rates, links: RatingLinks, ticks: Callable[[], float] = monotonic) -> None:
        self._ratings = ratings
        self._links = links
        self._throttle = Throttle(_PER_LINK)
        self._ticks = ticks

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/rate/{conversation}", self.show), web.post("/rate/{conversation}", self.take)]

    async def show(self, request: web.Request) -> web.Response:
        """Show the page: 403 without our signature, 410 when the link has ended. It counts nothing."""
        words = _words(request)
        if self._links.is_over(request):
            return _page(request, f"<h1>{escape(words.ended)}</h1>", status=410)
        return _page(request, f"<h1>{escape(words.title)}</h1>{_form(words)}")

    async def take(self, request: web.Request) -> web.Response:
        """Keep the number that was pressed, and the comment; 429 for more than a person presses."""
        words, conversation = _words(request), request.match_info["conversation"]
        if self._links.is_over(request):
            return _page(request, f"<h1>{escape(words.ended)}</h1>", status=410)
        score, comment = await _pressed(request)
        try:
            self._throttle.admit(conversation, self._ticks())
            await self._ratings.rate(conversation, score, comment)
        except SlowDown as error:
            raise web.HTTPTooManyRequests(text=str(error)) from error
        except InvalidInput as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        except Rejected as error:
            raise web.HTTPGone(text=str(error)) from error
        except Unavailable as error:
            raise web.HTTPServiceUnavailable(text="Please try again in a minute.") from error
        said = escape(words.thanks.format(score=score))
        return _page(request, f"<h1>{said}</h1>{_form(words, comment)}")


async def _pressed(request: web.Request) -> tuple[int, str]:
    """Read the form; raises HTTPBadRequest for what our page does not send."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPBadRequest(text="This is not what the page sends.")
    form = await request.post()
    score, comment = form.get("score"), form.get("comment", "")
    if (
        not isinstance(score, str)
        or not re.fullmatch(r"[1-9]", score, re.ASCII)
        or not isinstance(comment, str)
    ):
        raise web.HTTPBadRequest(text="This is not what the page sends.")
    return int(score), comment.replace("\0", "").strip()[:COMMENT_LIMIT]


def _language(request: web.Request) -> str:
    wanted = request.query.get("lang", "")
    return wanted if wanted in WORDS else "en"


def _words(request: web.Request) -> SurveyWords:
    return WORDS[_language(request)]


def _form(words: SurveyWords, comment: str = "") -> str:
    buttons = "".join(
        f'<button name="score" value="{n}" aria-label="{n} / {BEST_SCORE}">{n}</button>'
        for n in range(1, BEST_SCORE + 1)
    )
    return (
        f'<form method="post"><div class="scores">{buttons}</div>'
        f'<p class="ends"><span>1 = {escape(words.bad)}</span><span>{BEST_SCORE} = {escape(words.good)}</span></p>'
        f'<label for="comment">{escape(words.comment)}</label>'
        f'<textarea id="comment" name="comment" maxlength="{COMMENT_LIMIT}">{escape(comment)}</textarea></form>'
    )


def _page(request: web.Request, body: str, *, status: int = 200) -> web.Response:
    words = _words(request)
    head = (
        f'<!doctype html><html lang="{_language(request)}" dir="{words.direction}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(words.title)}</title>'
        f"<style>{_STYLE}</style></head>"
    )
    return web.Response(
        text=f"{head}<body><main>{body}</main></body></html>",
        status=status,
        content_type="text/html",
        headers=_HEADERS,
    )
