"""The stand-in for a language model, as the app's own client sees it."""

import time
from collections.abc import AsyncIterator

import pytest

from bot.core.errors import Unavailable
from bot.core.model import Channel
from bot.core.ports.answering import Passage, Question
from integrations.llm.client import OpenAIWriter
from tests.sandbox.conftest import FarSide

QUESTION = Question(("How do I return an item?",), Channel.CHAT)
PASSAGES = [Passage(4, "Returns", "", "Return an item within 60 days. Print the label.")]


@pytest.fixture
async def writer(far_side: FarSide) -> AsyncIterator[OpenAIWriter]:
    made = OpenAIWriter(api_key="none", model="any", base_url=f"{far_side.sandbox.url}/llm/v1", timeout=5)
    await made.open()
    yield made
    await made.aclose()


async def test_it_answers_from_the_passages(writer: OpenAIWriter) -> None:
    written = await writer.write(QUESTION, PASSAGES, brand="Shop")
    assert (written.answered, written.cited) == (True, (4,))
    assert written.text == "Return an item within 60 days. Print the label. [4]"
    assert not (await writer.write(QUESTION, [], brand="Shop")).answered


@pytest.mark.parametrize("body", [{}, {"messages": "none"}, {"messages": [{"content": "no {data"}]}])
async def test_whoever_asks_in_another_form_gets_no_answer(
    far_side: FarSide, body: dict[str, object]
) -> None:
    status, told = await far_side.post("/llm/v1/chat/completions", body)
    assert status == 200
    assert '"answered": false' in told["choices"][0]["message"]["content"]
    assert (await far_side.get("/llm/v1/models"))["data"][0]["id"] == "stand-in"


async def test_its_weather(far_side: FarSide, writer: OpenAIWriter) -> None:
    await far_side.weather(llm={"status": 429, "retry_after": 7})
    with pytest.raises(Unavailable, match="429") as busy:
        await writer.write(QUESTION, PASSAGES, brand="Shop")
    assert busy.value.retry_after == 7
    await far_side.weather(llm={"down": True})
    with pytest.raises(Unavailable, match="did not answer"):
        await writer.write(QUESTION, PASSAGES, brand="Shop")
    await far_side.weather(llm={"latency_ms": 80})
    before = time.monotonic()
    await writer.write(QUESTION, PASSAGES, brand="Shop")
    assert time.monotonic() - before >= 0.08
