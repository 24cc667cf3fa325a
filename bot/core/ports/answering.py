"""Who proposes answers, and from what."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.core.context import Fact
from bot.core.model import Channel, Proposal, Sender, Usage

# The flag of a draft for which an agent's wish could not be heeded; its text says why.
UNHEEDED = "wish_unheeded"


@dataclass(frozen=True)
class Question:
    """What is to be answered: the customer's unanswered messages, oldest first, and the talk before them.

    `facts` are what may be told this customer of themselves; like all the rest they are data, never instructions.
    `wish` is what an agent of ours wants to be different in this draft: length, tone, language; `style` is what a
    manager wants of every draft. With `embedded` no language model is asked.
    """

    texts: tuple[str, ...]
    channel: Channel
    subject: str = ""
    customer_name: str = ""
    history: tuple[tuple[Sender, str], ...] = ()
    facts: tuple[Fact, ...] = ()
    wish: str = ""
    style: str = ""
    embedded: bool = False


@dataclass(frozen=True)
class Lesson:
    """A customer's message, and the one article that the approved answer to it rests on."""

    text: str
    slug: str


class Answerer(Protocol):
    async def answer(self, question: Question) -> Proposal:
        """Propose an answer; never raises for what the customer wrote."""
        ...


@dataclass(frozen=True)
class Passage:
    """A piece of an article that an answer may rest on; `number` is how it is cited."""

    number: int
    title: str
    url: str
    text: str


@dataclass(frozen=True)
class Written:
    """What a language model wrote from passages. `cited` are passage numbers; `missing` names what was not found.

    `asks_back` is what to ask the customer first, where no answer is possible without. `prompt` is what the model was
    told besides the data, with `canary` in it: neither may come back out. `usage` is what it took.
    """

    text: str
    cited: tuple[int, ...]
    answered: bool
    missing: str = ""
    model: str = ""
    asks_back: str = ""
    usage: Usage | None = None
    prompt: str = field(default="", repr=False)
    canary: str = field(default="", repr=False)


class Writer(Protocol):
    async def write(self, question: Question, passages: Sequence[Passage], *, brand: str) -> Written:
        """Write an answer from the passages only.

        Raises:
            Unavailable: the model did not answer, answered too late, or answered nonsense.
        """
        ...
