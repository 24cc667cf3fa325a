"""What the guardrails look at: a draft, and all that it may rest on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.core.model import Channel, Source

LONGEST = 1_200


@dataclass(frozen=True)
class Checked:
    """A draft with what it may rest on.

    `passages` are texts by citation number; `said` is what the customer wrote, `earlier` the talk before it; `facts`
    are what the customer's record confirms. `prompt` is what a model was told, with `canary` in it.
    """

    text: str
    passages: Mapping[int, str]
    said: str
    sources: tuple[Source, ...]
    today: date
    brand: str = ""
    written_by_model: bool = False
    channel: Channel = Channel.EMAIL
    customer_name: str = ""
    facts: tuple[str, ...] = ()
    earlier: str = field(default="", repr=False)
    prompt: str = field(default="", repr=False)
    canary: str = field(default="", repr=False)

    @property
    def published(self) -> str:
        """What stands in the articles, their titles and addresses, and our own name."""
        titles = (f"{source.title} {source.url}" for source in self.sources)
        return "\n".join((*self.passages.values(), *titles, self.brand))

    @property
    def grounds(self) -> str:
        """Everything that a number may be taken from."""
        return "\n".join((self.published, *self.facts, self.said))


def shortened(sentence: str, size: int = 80) -> str:
    """Cut a quotation to what a reason on a card can hold."""
    return sentence if len(sentence) <= size else f"{sentence[: size - 1].rstrip()}…"
