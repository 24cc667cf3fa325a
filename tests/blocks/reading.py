"""Read Block Kit the way an agent does: what stands there and what can be pressed."""

import json

Blocks = list[dict]


def context(blocks: Blocks, name: str) -> str:
    """Return the text of the context block called `name`."""
    return next(b["elements"][0]["text"] for b in blocks if b["block_id"] == name)


def said(blocks: Blocks) -> str:
    """Return everything as one text."""
    return json.dumps(blocks, ensure_ascii=False)


def _elements(blocks: Blocks) -> list[dict]:
    return [element for block in blocks if block["type"] == "actions" for element in block["elements"]]


def buttons(blocks: Blocks) -> dict[str, tuple[str, str | None]]:
    """Return label -> (action id, style), in order."""
    return {
        e["text"]["text"]: (e["action_id"], e.get("style"))
        for e in _elements(blocks)
        if e["type"] == "button"
    }


def values(blocks: Blocks) -> list[str]:
    """Return what the buttons carry."""
    return [e["value"] for e in _elements(blocks) if e["type"] == "button"]


def choices(blocks: Blocks) -> list[str]:
    """Return the entries of the overflow menu."""
    return [o["text"]["text"] for e in _elements(blocks) if e["type"] == "overflow" for o in e["options"]]
