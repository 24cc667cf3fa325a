"""The labelled tickets of a company, and what counts as right for one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.core.model import Proposal

Ticket = dict[str, Any]


def read(path: Path) -> Iterator[Ticket]:
    """Read tickets.jsonl: id, channel, from, text, perhaps a subject, and what is expected of an answer."""
    return map(json.loads, path.read_text(encoding="utf-8").splitlines())


def is_right(proposal: Proposal, ticket: Ticket) -> bool:
    """Tell whether an answer rests on every article it should; where none answers, no answer is right."""
    wanted = set(ticket["expected"]["articles"])
    return bool(wanted) and wanted <= {source.slug for source in proposal.sources}
