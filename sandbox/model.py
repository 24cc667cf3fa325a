"""A stand-in for a language model behind OpenAI's chat completions: it repeats the first passage, with its source.

Bad weather makes it do what models do at their worst (`reply`, see `_REPLIES`): break off, babble, refuse, cite what
does not exist, invent, promise, repeat its instructions, or obey whatever a customer tells it.
"""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from sandbox.weather import Sky
from sandbox.wire import Json, Record, read_object

MODEL = "stand-in"
_PLACE = "llm"


@dataclass(frozen=True)
class Model:
    """Served at `/llm/v1`, under the weather of `llm`."""

    sky: Sky

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/llm/v1/models", self._models),
            web.post("/llm/v1/chat/completions", self._complete),
        ]

    async def _models(self, _request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": MODEL, "object": "model"}]})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body, weather = await read_object(request), self.sky.over(_PLACE)
        await asyncio.sleep(weather.latency_ms / 1000)
        if weather.down and request.transport is not None:
            request.transport.abort()
        if weather.down or self.sky.strikes(_PLACE):
            return _failed(503 if weather.down else weather.failure, weather.retry_after)
        completion = _completion(body.get("messages"), weather.reply)
        return (
            await _broken_off(request, completion)
            if weather.reply == "cut"
            else web.json_response(completion)
        )


def _completion(messages: Json, reply: str) -> Record:
    answer = _answer(messages)
    text = _REPLIES[reply](answer, messages) if reply in _REPLIES else json.dumps(answer)
    message: Record = {"role": "assistant", "content": text}
    if reply == "refusal":
        message = {"role": "assistant", "content": None, "refusal": "I cannot help with that."}
    choice = {"index": 0, "finish_reason": "length" if reply == "truncated" else "stop", "message": message}
    tokens = _tokens(json.dumps(messages)), _tokens(text)
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": MODEL,
        "choices": [choice],
        "usage": {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)},
    }


def _tokens(text: str) -> int:
    """Count about as models do: four characters to a token."""
    return -(-len(text) // 4)


def _answer(messages: Json) -> Record:
    """Answer in the form that threadpilot asks for; its last message holds the passages as JSON."""
    data = _data(messages)
    passages = data.get("passages") or []
    if "statements" in data:
        return {"supported": [_stands_in(one, passages) for one in data["statements"]]}
    if not passages:
        return {"answered": False, "answer": "", "sources": [], "missing": "an article", "question": ""}
    first = passages[0]
    return {
        "answered": True,
        "answer": f"{_beginning(first['text'])}. [{first['number']}]",
        "sources": [first["number"]],
        "missing": "",
        "question": "",
    }


def _stands_in(statement: Record, passages: list[Record]) -> bool:
    """Judge a statement: each of its words must stand in the passages that it cites."""
    cited = " ".join(str(p["text"]) for p in passages if p["number"] in statement["passages"])
    known = set(re.findall(r"\w+", cited.casefold()))
    return known.issuperset(re.findall(r"\w+", str(statement["text"]).casefold()))


def _beginning(article: str) -> str:
    """Return whole sentences of an article's first paragraph, without the last stop."""
    return article.partition("\n\n")[0][:300].rpartition(".")[0]


def _data(messages: Json) -> Record:
    said = _said(messages, -1)
    try:
        data, _ = json.JSONDecoder().raw_decode(said, said.index("{"))
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _said(messages: Json, place: int) -> str:
    return str(messages[place].get("content", "")) if isinstance(messages, list) and messages else ""


def _customer(messages: Json) -> str:
    return " ".join(map(str, _data(messages).get("messages") or []))


def _saying(words: str) -> Callable[[Record, Json], str]:
    """Say something else and cite the first passage for it, as if it stood there."""
    return lambda answer, _: json.dumps(answer | {"answer": f"{answer['answer']} {words} [1]"})


def _asks(answer: Record, _messages: Json) -> str:
    question = "Which of our products is it about?"
    return json.dumps(answer | {"answered": False, "answer": "", "sources": [], "question": question})


def _obedient(answer: Record, messages: Json) -> str:
    """Say whatever the customer wants to be said, behind an answer that looks sound."""
    return json.dumps(answer | {"answer": f"{answer['answer']} {_customer(messages)[:600]} [1]"})


_REPLIES: Mapping[str, Callable[[Record, Json], str]] = {
    "asks": _asks,
    "truncated": lambda answer, _: json.dumps(answer)[:40],
    "bad_json": lambda answer, _: json.dumps(answer).replace('"', "'"),
    "nonsense": lambda _answer, _messages: "I would rather talk about the weather.",
    "wrong_citation": lambda answer, _: json.dumps(
        answer | {"answer": answer["answer"].replace("[1]", "[9]"), "sources": [9]}
    ),
    "invented": _saying("Your order NW4711222 arrives on 24 December with carrier 0800 1234567."),
    "promise": _saying("We will refund you in full, as goodwill, by tomorrow."),
    "obey": _obedient,
    "leak": lambda answer, messages: json.dumps(answer | {"answer": _said(messages, 0)[:600]}),
    "foreign": lambda answer, _: json.dumps(
        answer
        | {"answer": "Das steht so in der Anleitung, und wir sind für Sie da, wenn noch etwas ist. [1]"}
    ),
}


async def _broken_off(request: web.Request, completion: Record) -> web.StreamResponse:
    """Promise a whole body, send half of it, and hang up."""
    body = json.dumps(completion).encode()
    response = web.StreamResponse(
        headers={"Content-Type": "application/json", "Content-Length": str(len(body))}
    )
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.abort()
    return response


def _failed(status: int, retry_after: int | None) -> web.Response:
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    told = {"error": {"message": "The stand-in's weather", "type": "server_error"}}
    return web.json_response(told, status=status, headers=headers)
