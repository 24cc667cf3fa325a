"""A stand-in for a language model behind OpenAI's chat completions: it repeats the first passage, with its source."""

import asyncio
import json
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

    async def _complete(self, request: web.Request) -> web.Response:
        body, weather = await read_object(request), self.sky.over(_PLACE)
        await asyncio.sleep(weather.latency_ms / 1000)
        if weather.down and request.transport is not None:
            request.transport.abort()
        if weather.down or self.sky.strikes(_PLACE):
            return _failed(503 if weather.down else weather.failure, weather.retry_after)
        return web.json_response(_completion(json.dumps(_answer(body.get("messages")))))


def _answer(messages: Json) -> Record:
    """Answer in the form that threadpilot asks for; its last message holds the passages as JSON."""
    passages = _data(messages).get("passages") or []
    if not passages:
        return {"answered": False, "answer": "", "sources": [], "missing": "an article"}
    first = passages[0]
    return {
        "answered": True,
        "answer": f"{first['text'][:300].rpartition('.')[0]}. [{first['number']}]",
        "sources": [first["number"]],
        "missing": "",
    }


def _data(messages: Json) -> Record:
    said = str(messages[-1].get("content", "")) if isinstance(messages, list) and messages else ""
    try:
        data, _ = json.JSONDecoder().raw_decode(said, said.index("{"))
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _completion(text: str) -> Record:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return {"id": "c", "object": "chat.completion", "created": 0, "model": MODEL, "choices": [choice]}


def _failed(status: int, retry_after: int | None) -> web.Response:
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    told = {"error": {"message": "The stand-in's weather", "type": "server_error"}}
    return web.json_response(told, status=status, headers=headers)
