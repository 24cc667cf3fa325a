"""Refuse what Slack refuses: blocks of messages and views checked against the tables of limits."""

import json
from collections import Counter
from collections.abc import Iterator

from sandbox.slack.errors import SlackError, invalid
from sandbox.slack.limits import BLOCKS, BLOCKS_PER_MESSAGE, BLOCKS_PER_VIEW, MARKDOWN_TOTAL, SURFACES, VIEWS
from sandbox.slack.schema import Problems, by_type, many
from sandbox.wire import Json, Record, parsed

TEXT_MAX = 40_000
VIEW_BYTES = 250_000
METADATA_BYTES = 16_000
_ONE_PER_MESSAGE = ("table", "data_table")

_RULES = {
    surface: many(
        by_type(BLOCKS, *sorted(types)),
        BLOCKS_PER_MESSAGE if surface == "message" else BLOCKS_PER_VIEW,
        least=0,
    )
    for surface, types in SURFACES.items()
}


def block_problems(blocks: Json, surface: str, pointer: str = "/blocks") -> Problems:
    problems = Problems()
    _RULES[surface](blocks, pointer, problems)
    if not problems:
        _check_ids(blocks, pointer, problems)
        _check_totals(blocks, pointer, problems)
    return problems


def actors(part: Json) -> Iterator[Record]:
    """Yield every element with an action_id, however deep it lies."""
    if isinstance(part, dict):
        if isinstance(part.get("action_id"), str):
            yield part
        for inner in part.values():
            yield from actors(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from actors(inner)


def _check_ids(blocks: list[Record], pointer: str, problems: Problems) -> None:
    for block_id, times in Counter(block["block_id"] for block in blocks if block.get("block_id")).items():
        if times > 1:
            problems.at(pointer, f"`block_id` already exists: {block_id}")
    for index, block in enumerate(blocks):
        for action_id, times in Counter(actor["action_id"] for actor in actors(block)).items():
            if times > 1:
                problems.at(f"{pointer}/{index}", f"`action_id` already exists: {action_id}")


def _check_totals(blocks: list[Record], pointer: str, problems: Problems) -> None:
    kinds = Counter(block["type"] for block in blocks)
    for kind in _ONE_PER_MESSAGE:
        if kinds[kind] > 1:
            problems.at(pointer, f"only one {kind} block allowed")
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MARKDOWN_TOTAL:
        problems.at(pointer, f"markdown text must be less than {MARKDOWN_TOTAL + 1} characters in total")


def decoded(value: Json, error: str) -> Json:
    """Return an argument that may come as JSON text, as it does in a form."""
    if not isinstance(value, str):
        return value
    try:
        return parsed(value)
    except ValueError:
        raise SlackError(error) from None


def message_content(args: Record) -> Record:
    """Return text, blocks and attachments of a message to post, or refuse them as chat.postMessage does."""
    blocks = decoded(args.get("blocks") or None, "invalid_blocks_format")
    attachments = decoded(args.get("attachments") or None, "invalid_attachments")
    text, markdown = args.get("text") or "", args.get("markdown_text") or ""
    if markdown and (text or blocks):
        raise SlackError("markdown_text_conflict")
    if not isinstance(text, str) or not isinstance(markdown, str):
        raise SlackError("invalid_arguments")
    if len(text) > TEXT_MAX or len(markdown) > MARKDOWN_TOTAL:
        raise SlackError("msg_too_long")
    if markdown:
        text, blocks = markdown, [{"type": "markdown", "text": markdown}]
    if not (text.strip() or blocks or attachments):
        raise SlackError("no_text")
    _refuse_bad_blocks(blocks, attachments)
    return {"text": text, "blocks": blocks or [], "attachments": attachments or []}


def _refuse_bad_blocks(blocks: Json, attachments: Json) -> None:
    if blocks is not None:
        if not isinstance(blocks, list):
            raise SlackError("invalid_blocks_format")
        problems = block_problems(blocks, "message")
        if problems:
            raise invalid("invalid_blocks", problems)
    if attachments is not None:
        _refuse_bad_attachments(attachments)


def _refuse_bad_attachments(attachments: Json) -> None:
    if not isinstance(attachments, list) or not all(isinstance(part, dict) for part in attachments):
        raise SlackError("invalid_attachments")
    if len(attachments) > 100:
        raise SlackError("too_many_attachments")
    for index, attachment in enumerate(attachments):
        problems = block_problems(attachment.get("blocks") or [], "message", f"/attachments/{index}/blocks")
        if problems:
            raise invalid("invalid_blocks", problems)


def metadata(args: Record) -> Record | None:
    """Return a message's metadata, or refuse it."""
    given = decoded(args.get("metadata") or None, "invalid_metadata_format")
    if given is None:
        return None
    well_formed = isinstance(given, dict) and isinstance(given.get("event_type"), str) and given["event_type"]
    if not well_formed or not isinstance(given.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(given)) > METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return dict(given)


def view(given: Json, *kinds: str) -> Record:
    """Return the view an app wants to show, or refuse it as the views methods do."""
    given = decoded(given, "invalid_arguments")
    problems = Problems()
    VIEWS(given, "/view", problems)
    if not problems and given["type"] not in kinds:
        problems.at("/view/type", f"unsupported type: {given['type']}")
    if not problems:
        problems += block_problems(given["blocks"], given["type"], "/view/blocks")
    if problems:
        raise invalid("invalid_arguments", problems)
    if len(json.dumps(given)) > VIEW_BYTES:
        raise SlackError("view_too_large")
    return dict(given)
