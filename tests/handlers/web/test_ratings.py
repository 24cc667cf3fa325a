"""The page behind the link in a mail: looking at it counts nothing, pressing a number does, and the link ends."""

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.core.errors import InvalidInput, Rejected, Unavailable
from bot.services.survey_words import WORDS, language_of_customer
from handlers.web.ratings import RatingLinks, RatingPages
from integrations.email.compose import html_page
from tests import builders as b
from tests.fakes import FakeClock

CASE = b.case(
    messages=(
        b.message(content="Wo ist mein Paket? Ich habe es vor einer Woche bestellt und bitte um Hilfe."),
    )
)


@dataclass
class FakeRatings:
    kept: list[tuple[str, int, str]] = field(default_factory=list)
    fail: Exception | None = None

    async def rate(self, conversation_id: str, score: int, comment: str) -> None:
        if self.fail:
            raise self.fail
        self.kept.append((conversation_id, score, comment))


@asynccontextmanager
async def page(ratings, clock=None):
    links = RatingLinks("", "a secret", clock or FakeClock())
    app = web.Application()
    app.add_routes(RatingPages(ratings, links, ticks=lambda: 0.0).routes())
    async with TestClient(TestServer(app)) as client:
        (link,) = re.findall(r"<(/rate/[^>]+)>", links.question(CASE))
        yield client, link


async def test_looking_shows_the_page_in_the_customers_language_and_counts_nothing():
    ratings = FakeRatings()
    async with page(ratings) as (client, link):
        for method in ("GET", "HEAD", "GET"):
            answer = await client.request(method, link)
            assert answer.status == 200
        text = await answer.text()
    assert "Wie war unsere Hilfe?" in text
    assert 'lang="de" dir="ltr"' in text
    assert re.findall(r'name="score" value="(\d)"', text) == list("12345")
    assert ratings.kept == []
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'" in policy
    assert answer.headers["Cache-Control"] == "private, no-store"


async def test_pressing_a_number_counts_and_the_comment_comes_along_harmlessly():
    ratings = FakeRatings()
    async with page(ratings) as (client, link):
        said = {"score": "4", "comment": " <b>Danke</b>\0 "}
        answer = await client.post(link, data=said)
        text = await answer.text()
    assert answer.status == 200
    assert ratings.kept == [(CASE.conversation.id, 4, "<b>Danke</b>")]
    assert "4 von 5" in text
    assert "&lt;b&gt;Danke" in text


@pytest.mark.parametrize(
    "changed",
    [
        lambda link: link.replace("proof=", "proof=0"),
        lambda link: re.sub(r"until=\d", "until=9", link),
        lambda link: link.replace("until=", "until=x"),
        lambda link: link.partition("?")[0],
        lambda link: link.replace("/rate/", "/rate/0"),
        lambda link: re.sub(r"/rate/\w{4}", "/rate/0000", link),
        lambda link: re.sub(r"proof=\w+", "proof=%ED%A0%80", link),
    ],
)
async def test_a_changed_link_is_none_of_ours(changed):
    ratings = FakeRatings()
    async with page(ratings) as (client, link):
        assert (await client.get(changed(link))).status == 403
        assert (await client.post(changed(link), data={"score": "1"})).status == 403
    assert ratings.kept == []


async def test_a_link_ends():
    ratings, clock = FakeRatings(), FakeClock()
    async with page(ratings, clock) as (client, link):
        clock.now += timedelta(days=30, seconds=1)
        assert (await client.get(link)).status == 410
        answer = await client.post(link, data={"score": "1"})
        assert (answer.status, "gilt nicht mehr" in await answer.text()) == (410, True)
    assert ratings.kept == []


@pytest.mark.parametrize("form", [{}, {"score": "x"}, {"score": "0"}, {"score": "44"}, {"score": "²"}])
async def test_what_the_page_does_not_send_is_refused(form):
    ratings = FakeRatings()
    async with page(ratings) as (client, link):
        assert (await client.post(link, data=form)).status == 400
        assert (await client.post(link, json={"score": 4})).status == 400
    assert ratings.kept == []


@pytest.mark.parametrize(
    ("failure", "status"), [(InvalidInput("no"), 400), (Rejected("gone"), 410), (Unavailable("later"), 503)]
)
async def test_what_cannot_be_kept_is_said(failure, status):
    async with page(FakeRatings(fail=failure)) as (client, link):
        assert (await client.post(link, data={"score": "5"})).status == status


async def test_nobody_presses_for_ever():
    ratings = FakeRatings()
    async with page(ratings) as (client, link):
        answers = [(await client.post(link, data={"score": "5"})).status for _ in range(11)]
    assert answers == [200] * 10 + [429]


async def test_an_unknown_language_is_english():
    async with page(FakeRatings()) as (client, link):
        text = await (await client.get(link.replace("lang=de", "lang=xx"))).text()
    assert "How was our help?" in text


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my parcel? I have not got it yet and you said Monday.", "en"),
        ("Où est mon colis ? Je vous ai écrit et je ne trouve pas la facture.", "fr"),
        ("¿Dónde está mi paquete? No lo tengo y es para el lunes.", "es"),
        ("荷物はどこですか。", "ja"),
        ("أين طردي من فضلك؟", "ar"),
        ("ok", "en"),
        ("", "en"),
    ],
)
def test_customers_are_asked_in_their_language(text, language):
    assert language_of_customer(b.case(messages=(b.message(content=text),))) == language


@pytest.mark.parametrize("language", WORDS)
def test_every_language_has_places_for_the_link_and_the_score(language):
    words = WORDS[language]
    assert words.mail.format(link="LINK").endswith("<LINK>")
    assert "4" in words.thanks.format(score=4)
    assert all((words.title, words.comment, words.bad, words.good, words.ended))


def test_the_mail_has_one_link_that_can_be_pressed_and_copied():
    words = RatingLinks("https://desk.shop.example", "a secret", FakeClock()).question(CASE)
    link = words.rpartition("<")[2].rstrip(">")
    assert f'href="{link.replace("&", "&amp;")}"' in html_page(words, "x")
    assert link.startswith(f"https://desk.shop.example/rate/{CASE.conversation.id}?until=")
