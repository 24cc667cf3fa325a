"""Zendesk's own description of its API, as JSON Schemas; with an overlay that knows no key it does not name.

OpenAPI 3.0 says `nullable` where JSON Schema says a type more. Zendesk's description leaves every object open, so a
misspelt key would pass: what is sent is held against closed ones.
"""

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SPEC = Path(__file__).parents[2] / "shared/specs/zendesk.json"
# What is sent: closed, and with what Zendesk's pages call mandatory.
_CLOSED = (
    "TicketObject",
    "TicketCommentObject",
    "TicketFieldValueInput",
    "UserMergeInput",
    "TicketCreateRequest",
)
_CLOSED_TOO = ("TicketUpdateRequest", "UserRequest")


class Spec:
    """Holds requests and answers against the description; remembers what it says nothing of."""

    def __init__(self) -> None:
        said = json.loads(SPEC.read_text())
        self._paths: Mapping[str, Any] = said["paths"]
        answers = _as_schema(said["components"]["schemas"])
        requests = deepcopy(answers)
        for name in (*_CLOSED, *_CLOSED_TOO):
            requests[name]["additionalProperties"] = False
        requests["UserInput"] = {"$ref": "#/components/schemas/UserMergeInput"}
        requests["TicketCreateRequest"]["required"] = ["ticket"]
        requests["TicketUpdateRequest"]["required"] = ["ticket"]
        self._answers, self._requests = answers, requests
        self.checked: set[tuple[str, str]] = set()
        self.unknown: set[str] = set()

    def hold(self, method: str, path: str, body: Any, status: int, answer: Any) -> None:
        """Raises when either is not as described."""
        found = self._operation(method, path)
        if found is None:
            self.unknown.add(f"{method} {re.sub(r'[0-9]+', '{id}', path)}")
            return
        name, operation = found
        if "requestBody" in operation:
            _check(_body(operation["requestBody"]), self._requests, body)
        told = operation["responses"].get(str(status))
        if told is not None:
            _check(_body(told), self._answers, answer)
            self.checked.add((method, name))
        else:
            assert status >= 400, f"{method} {path} does not answer {status}"

    def _operation(self, method: str, path: str) -> tuple[str, Mapping[str, Any]] | None:
        for name, methods in self._paths.items():
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[0-9]+", name), path) and method.lower() in methods:
                return name, methods[method.lower()]
        return None


def _body(said: Mapping[str, Any]) -> Any:
    return _as_schema(said["content"]["application/json"]["schema"])


def _check(schema: Any, components: Any, value: Any) -> None:
    whole = {"allOf": [schema], "components": {"schemas": components}}
    Draft202012Validator(whole).validate(value)


def _as_schema(said: Any) -> Any:
    """Say `nullable` as JSON Schema does, and leave out examples, which look like schemas."""
    if isinstance(said, list):
        return [_as_schema(one) for one in said]
    if not isinstance(said, dict):
        return said
    made = {
        key: _as_schema(value)
        for key, value in said.items()
        if key not in {"nullable", "example", "examples"}
    }
    return {"anyOf": [made, {"type": "null"}]} if said.get("nullable") is True else made
