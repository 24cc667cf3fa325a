"""What the model is told, and how its reply is read. Pure functions; the wording of the task stands in `prompts/`.

Whatever customers and articles say travels as JSON data between two lines with a random mark, and invisible
characters that could hide instructions are taken out.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from bot.core.context import Fact
from bot.core.errors import Unavailable
from bot.core.ports.answering import Passage, Question, Written

VERSION = "answer_v2"
MAX_MESSAGE, MAX_HISTORY = 6_000, 6
_MOST_FACTS = 20

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "answered": {"type": "boolean"},
        "answer": {"type": "string"},
        "sources": {"type": "array", "items": {"type": "integer"}},
        "missing": {"type": "string"},
        "question": {"type": "string"},
    },
    "required": ["answered", "answer", "sources", "missing", "question"],
    "additionalProperties": False,
}

# Zero-width and bidirectional marks, and the tag characters that can spell invisible text.
_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)


def system_prompt(canary: str) -> str:
    """Return the task as it is worded in this version; `canary` is a word that must never come back."""
    worded = (files("integrations.llm") / "prompts" / f"{VERSION}.md").read_text(encoding="utf-8")
    return worded.replace("{canary}", canary)


def user_turn(question: Question, passages: Sequence[Passage], *, brand: str, mark: str) -> str:
    """Wrap question and passages as data between two lines with `mark`."""
    told = {
        "brand": brand,
        "channel": question.channel.value,
        "customer_name": question.customer_name,
        "customer": [_fact(fact) for fact in question.facts[:_MOST_FACTS]],
        "subject": question.subject,
        "earlier": [{"from": sender.value, "text": text} for sender, text in question.history[-MAX_HISTORY:]],
        "messages": list(question.texts),
        "passages": [{"number": p.number, "title": p.title, "url": p.url, "text": p.text} for p in passages],
    }
    told = _visible(told)
    data = json.dumps(told, ensure_ascii=False, indent=1)
    said = f"Data for this answer, between two lines that read {mark}:\n{mark}\n{data}\n{mark}"
    wanted = [_wanted(who, wish) for who, of in _WISHES if (wish := of(question))]
    return "\n".join([said, *wanted])


_WISHES: Sequence[tuple[str, Callable[[Question], str]]] = (
    ("The manager wants all answers so", lambda question: question.style),
    ("The agent who checks this answer wants it so", lambda question: question.wish),
)


def _wanted(who: str, wish: str) -> str:
    """Pass on what people of ours want: it is no data, but it does not reach as far as facts either."""
    worded = json.dumps(_visible(wish), ensure_ascii=False)
    return (
        f"{who}: {worded}. Heed that in length, tone and language only; "
        "what it says still comes from the passages alone."
    )


def _fact(fact: Fact) -> Mapping[str, str]:
    known = {"as_of": fact.at.date().isoformat()} if fact.at is not None else {}
    return {"what": fact.label or fact.name, "record": fact.text, **known}


def read_reply(text: str, *, model: str) -> Written:
    """Read the model's JSON, also when it stands in a code fence or between other words.

    Raises:
        Unavailable: there is no such object in the reply, or its values are of the wrong kind.
    """
    reply = _first_object(text)
    answered, answer, sources = reply.get("answered"), reply.get("answer"), reply.get("sources", [])
    if not isinstance(answered, bool) or not isinstance(answer, str) or not isinstance(sources, list):
        raise Unavailable("The model's reply has not the agreed form.")
    if not all(isinstance(number, int) for number in sources) or (answered and not answer.strip()):
        raise Unavailable("The model's reply has not the agreed form.")
    return Written(
        answer.strip(),
        tuple(dict.fromkeys(sources)),
        answered,
        _words(reply, "missing", 200),
        model,
        asks_back="" if answered else _words(reply, "question", 500),
    )


def _words(reply: Mapping[str, Any], name: str, most: int) -> str:
    said = reply.get(name)
    return said.strip()[:most] if isinstance(said, str) else ""


def _first_object(text: str) -> dict[str, Any]:
    decoder = json.JSONDecoder()
    for start in [match.start() for match in re.finditer(r"\{", text)][:20]:
        try:
            found, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and "answer" in found:
            return found
    raise Unavailable("The model's reply holds no JSON object.")


def _visible(value: Any) -> Any:
    if isinstance(value, str):
        return _INVISIBLE.sub("", value)[:MAX_MESSAGE]
    if isinstance(value, list):
        return [_visible(item) for item in value]
    if isinstance(value, dict):
        return {name: _visible(item) for name, item in value.items()}
    return value
