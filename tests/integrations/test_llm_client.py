"""The writer against `llmock`, an independent stand-in for model servers, and against a server of few abilities."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.core.errors import Unavailable
from bot.core.model import Channel
from bot.core.ports.answering import Passage, Question
from integrations.llm.client import OpenAIWriter

QUESTION = Question(("Is there gluten in the rye?",), Channel.CHAT)
PASSAGES = [Passage(1, "Allergens", "", "Our rye bread contains gluten.")]
ANSWER = {"answered": True, "answer": "It contains gluten. [1]", "sources": [1], "missing": ""}

_SERVE = """
import socket, sys
from llmock.testing import LLMockServer
server = LLMockServer().start()
print(server.url, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def mock_url() -> Iterator[str]:
    served = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert served.stdin is not None
    assert served.stdout is not None
    url = served.stdout.readline().strip()
    assert url.startswith("http://127.0.0.1:")
    yield url
    served.stdin.close()
    served.wait(timeout=20)
    served.stdout.close()


@pytest.fixture
def mock(mock_url: str) -> str:
    control(mock_url, "reset")
    return mock_url


def control(url: str, path: str, **body) -> dict:
    request = urllib.request.Request(  # noqa: S310
        f"{url}/_llmock/{path}",
        data=json.dumps(body).encode(),
        headers={"content-type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
        return json.load(response)


def script(url: str, *behaviors: dict) -> None:
    control(url, "scenario", behaviors=list(behaviors))


def requests_made(url: str) -> int:
    with urllib.request.urlopen(f"{url}/_llmock/requests", timeout=10) as response:  # noqa: S310
        told = json.load(response)
    records = told["requests"] if isinstance(told, dict) else told
    return len([r for r in records if "chat/completions" in str(r)])


@pytest.fixture
async def writer(mock: str) -> AsyncIterator[OpenAIWriter]:
    made = OpenAIWriter(api_key="test", model="mock-model", base_url=f"{mock}/v1", timeout=5, max_retries=0)
    yield made
    await made.aclose()


def says(text: str, **values) -> dict:
    return {"type": "reply", "text": text, **values}


async def test_answer_is_written(mock, writer):
    script(mock, says(json.dumps(ANSWER)))
    written = await writer.write(QUESTION, PASSAGES, brand="Bakery")
    assert (written.text, written.cited, written.answered) == ("It contains gluten. [1]", (1,), True)
    assert written.model == "mock-model"
    assert requests_made(mock) == 1


async def test_strict_schema_is_understood_by_an_independent_server(writer):
    written = await writer.write(QUESTION, PASSAGES, brand="Bakery")  # The server fills the schema by itself.
    assert isinstance(written.text, str)


async def test_unanswered_question(mock, writer):
    script(mock, says('{"answered": false, "answer": "", "sources": [], "missing": "price"}'))
    written = await writer.write(QUESTION, PASSAGES, brand="Bakery")
    assert (written.answered, written.missing) == (False, "price")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500, 503])
async def test_refusing_server_is_unavailable(mock, writer, status):
    script(mock, {"type": "fail", "status": status, "times": None})
    with pytest.raises(Unavailable, match=str(status)):
        await writer.write(QUESTION, PASSAGES, brand="Bakery")


async def test_busy_server_says_when_to_come_back(mock, writer):
    script(mock, {"type": "fail", "status": 429, "retry_after": 7})
    with pytest.raises(Unavailable) as caught:
        await writer.write(QUESTION, PASSAGES, brand="Bakery")
    assert caught.value.retry_after == 7


async def test_slow_server_is_unavailable_within_the_time_limit(mock):
    script(mock, {"type": "delay", "seconds": 3})
    writer = OpenAIWriter(api_key="test", model="m", base_url=f"{mock}/v1", timeout=0.2, max_retries=0)
    await writer.open()
    before = time.monotonic()
    with pytest.raises(Unavailable, match="did not answer"):
        await writer.write(QUESTION, PASSAGES, brand="Bakery")
    assert time.monotonic() - before < 2.5
    await writer.aclose()


@pytest.mark.parametrize(
    "reply",
    [
        says('{"answered": true, "answer": "cut o', finish_reason="length"),
        says(json.dumps(ANSWER), finish_reason="content_filter"),
        says('{"answered": true, "answer": "cut o'),
        says("I would rather talk about the weather."),
        says(""),
    ],
)
async def test_truncated_malformed_or_empty_reply_is_unavailable(mock, writer, reply):
    script(mock, reply)
    with pytest.raises(Unavailable):
        await writer.write(QUESTION, PASSAGES, brand="Bakery")


async def test_one_hiccup_is_retried(mock):
    script(mock, {"type": "fail", "status": 503}, says(json.dumps(ANSWER)))
    writer = OpenAIWriter(api_key="test", model="m", base_url=f"{mock}/v1", timeout=5, max_retries=1)
    assert (await writer.write(QUESTION, PASSAGES, brand="Bakery")).answered
    await writer.aclose()


async def test_nobody_listens():
    writer = OpenAIWriter(
        api_key="test", model="m", base_url="http://127.0.0.1:9/v1", timeout=2, max_retries=0
    )
    with pytest.raises(Unavailable, match="did not answer"):
        await writer.write(QUESTION, PASSAGES, brand="Bakery")
    await writer.aclose()


async def test_closing_a_writer_that_was_never_used_is_fine():
    await OpenAIWriter(api_key="test", model="m").aclose()


# --- a server with few abilities -----------------------------------------------------------------------------


class Plain:
    """Understands only some forms of reply, and counts what it was asked for; `body` replaces its answer."""

    def __init__(self, *understood: str, body: object = None) -> None:
        self.understood = understood
        self.body = body
        self.asked: list[str] = []

    async def complete(self, request: web.Request) -> web.Response:
        told = await request.json()
        form = told.get("response_format", {}).get("type", "text")
        self.asked.append(form)
        if form not in self.understood:
            return web.json_response({"error": {"message": f"unknown response_format {form}"}}, status=400)
        if self.body is not None:
            raw = self.body if isinstance(self.body, str) else json.dumps(self.body)
            return web.Response(text=raw, content_type="application/json")
        message = {"role": "assistant", "content": f"```json\n{json.dumps(ANSWER)}\n```"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return web.json_response(
            {"id": "1", "object": "chat.completion", "created": 1, "model": "tiny", "choices": [choice]}
        )


@pytest.fixture
async def serve():
    opened = []

    async def started(plain: Plain) -> OpenAIWriter:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", plain.complete)
        server = TestServer(app, host="127.0.0.1")
        await server.start_server()
        writer = OpenAIWriter(
            api_key="x", model="tiny", base_url=str(server.make_url("/v1")), timeout=5, max_retries=0
        )
        opened.extend([writer.aclose, server.close])
        return writer

    yield started
    for close in opened:
        await close()


@pytest.mark.parametrize(
    ("understood", "asked"),
    [
        (("json_schema", "json_object", "text"), ["json_schema"]),
        (("json_object", "text"), ["json_schema", "json_object"]),
        (("text",), ["json_schema", "json_object", "text"]),
    ],
)
async def test_strictest_form_a_server_understands_is_found_once_and_kept(serve, understood, asked):
    plain = Plain(*understood)
    writer = await serve(plain)
    for _ in range(2):
        assert (await writer.write(QUESTION, PASSAGES, brand="Bakery")).text == "It contains gluten. [1]"
    assert plain.asked == [*asked, asked[-1]]


async def test_server_that_refuses_everything_is_asked_anew_next_time(serve):
    plain = Plain()
    writer = await serve(plain)
    for _ in range(2):
        with pytest.raises(Unavailable, match="400"):
            await writer.write(QUESTION, PASSAGES, brand="Bakery")
    assert plain.asked == ["json_schema", "json_object", "text"] * 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"choices": None},
        {"choices": []},
        {"choices": [{}]},
        {"choices": [{"message": None, "finish_reason": "stop"}]},
        {"choices": [{"message": {"content": None}, "finish_reason": "stop"}]},
        {"choices": [{"message": {"content": 5}, "finish_reason": "stop"}]},
        {"choices": [{"message": {"refusal": "no", "content": None}, "finish_reason": "stop"}]},
        {"choices": "nonsense"},
        [],
        "this is not JSON",
        '{"choices": [{',
    ],
)
async def test_malformed_completion_is_unavailable(serve, body):
    writer = await serve(Plain("json_schema", body=body))
    with pytest.raises(Unavailable):
        await writer.write(QUESTION, PASSAGES, brand="Bakery")
