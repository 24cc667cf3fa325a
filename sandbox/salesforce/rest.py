"""The REST API: query, search, describe, records, composite. One request at a time is what `Requests.answer` does."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus, urlsplit

from sandbox.salesforce import soql, sosl
from sandbox.salesforce.refusal import RefusedError, missing
from sandbox.salesforce.schema import Kind, described, kind_named
from sandbox.salesforce.state import State
from sandbox.wire import Json, Record

VERSIONS = range(60, 68)
_PATH = re.compile(r"/services/data/v(?P<version>\d+)\.0/(?P<rest>.*)", re.DOTALL)
_PAGE = 2_000
_MOST_PARTS, _MOST_QUERIES = 25, 5
_REFERENCE = re.compile(r"@\{(?P<id>\w+)(?P<path>[^{}]*)\}")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


@dataclass(frozen=True)
class Answer:
    status: int
    body: Json = None


class Requests:
    def __init__(self, state: State) -> None:
        self._state = state

    def answer(self, method: str, url: str, body: Json) -> Answer:
        """Do one request. Raises RefusedError."""
        parts = urlsplit(url)
        found = _PATH.fullmatch(parts.path)
        if found is None or int(found["version"]) not in VERSIONS:
            raise missing(parts.path)
        query = {
            unquote_plus(k): unquote_plus(v) for k, _, v in (p.partition("=") for p in parts.query.split("&"))
        }
        first, *rest = [unquote(piece) for piece in found["rest"].rstrip("/").split("/")]
        if first in ("query", "queryAll") and method == "GET":
            return self._query(query, rest, first == "queryAll")
        if first == "search" and method == "GET":
            return Answer(200, {"searchRecords": sosl.run(query.get("q", ""), self._state)})
        if first == "limits" and method == "GET":
            return Answer(200, self._limits())
        if first == "composite" and not rest and method == "POST":
            return self._composite(body)
        if first == "sobjects" and rest:
            return self._sobject(method, rest, body)
        raise missing(parts.path)

    # --- queries ----------------------------------------------------------------------------------------

    def _query(self, query: Record, rest: list[str], deleted: bool) -> Answer:
        if rest:
            return self._more(rest[0])
        rows = soql.run(query.get("q", ""), self._state, deleted=deleted)
        if rows and "count" in rows[0]:
            return Answer(200, {"totalSize": rows[0]["count"], "done": True, "records": []})
        return Answer(200, self._page(rows, 0, f"01g5g{'1' if deleted else '0'}", query.get("q", "")))

    def _more(self, cursor: str) -> Answer:
        name, _, at = cursor.partition("-")
        text = self._cursors.get(name)
        if text is None or not at.isdigit():
            raise RefusedError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        rows = soql.run(text, self._state, deleted=name.endswith("1"))
        return Answer(200, self._page(rows, int(at), name, text))

    def _page(self, rows: list[Record], at: int, name: str, text: str) -> Record:
        end = at + _PAGE
        page: Record = {"totalSize": len(rows), "done": end >= len(rows), "records": rows[at:end]}
        if not page["done"]:
            self._cursors[name] = text
            page["nextRecordsUrl"] = f"/services/data/v67.0/query/{name}-{end}"
        return page

    @property
    def _cursors(self) -> dict[str, str]:
        return self._state.cursors

    def _limits(self) -> Record:
        left = max(self._state.allowance - self._state.used, 0)
        return {"DailyApiRequests": {"Max": self._state.allowance, "Remaining": left}}

    # --- records ----------------------------------------------------------------------------------------

    def _sobject(self, method: str, rest: list[str], body: Json) -> Answer:
        kind = kind_named(rest[0])
        if kind is None:
            raise missing(rest[0])
        match method, rest[1:]:
            case "GET", ["describe"]:
                return Answer(200, described(kind))
            case "POST", []:
                return self._create(kind, _values(body))
            case "GET", [record_id]:
                return Answer(200, self._shown(kind, self._wanted(kind, record_id)))
            case "PATCH", [record_id]:
                self._state.update(kind, self._wanted(kind, record_id), _values(body))
                return Answer(204)
            case "DELETE", [record_id]:
                self._state.delete(kind, record_id)
                return Answer(204)
            case "GET", [name, value]:
                return Answer(200, self._shown(kind, self._one_by(kind, name, value)))
            case "PATCH", [name, value]:
                return self._upsert(kind, name, value, _values(body))
        raise RefusedError(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed.")

    def _create(self, kind: Kind, values: Record) -> Answer:
        record = self._state.create(kind, values)
        return Answer(201, {"id": record["Id"], "success": True, "errors": []})

    def _upsert(self, kind: Kind, name: str, value: str, values: Record) -> Answer:
        found = self._by(kind, name, value)
        if len(found) > 1:
            return Answer(300, [f"/services/data/v67.0/sobjects/{kind.name}/{r['Id']}" for r in found])
        if name in values:
            said = f"The {name} field should not be specified in the sobject data."
            raise RefusedError(400, "INVALID_FIELD", said)
        done: Record = {"success": True, "errors": []}
        if found:
            self._state.update(kind, found[0], values)
            return Answer(200, done | {"id": found[0]["Id"], "created": False})
        record = self._state.create(kind, values | {name: value})
        return Answer(201, done | {"id": record["Id"], "created": True})

    def _by(self, kind: Kind, name: str, value: str) -> list[Record]:
        if name not in kind.external:
            said = f"Provided external ID field does not exist or is not accessible: {name}"
            raise RefusedError(404, "NOT_FOUND", said)
        return [r for r in self._state.all(kind) if str(r[name] or "").casefold() == value.casefold()]

    def _one_by(self, kind: Kind, name: str, value: str) -> Record:
        found = self._by(kind, name, value)
        if len(found) != 1:
            raise missing(value)
        return found[0]

    def _wanted(self, kind: Kind, record_id: str) -> Record:
        record = self._state.get(kind, record_id)
        if record is None:
            raise missing(record_id)
        return record

    def _shown(self, kind: Kind, record: Record) -> Record:
        return {"attributes": soql.attributes(kind, record)} | {n: record[n] for n in kind.all_fields}

    # --- composite --------------------------------------------------------------------------------------

    def _composite(self, body: Json) -> Answer:
        parts = body.get("compositeRequest") if isinstance(body, dict) else None
        if not isinstance(parts, list) or not 0 < len(parts) <= _MOST_PARTS:
            said = f"Limit of {_MOST_PARTS} composite subrequests, at least one"
            raise RefusedError(400, "INVALID_INPUT", said)
        unknown = set(body) - {"allOrNone", "compositeRequest", "collateSubrequests"}
        if unknown:
            raise RefusedError(400, "JSON_PARSER_ERROR", f'Unrecognized field "{min(unknown)}"')
        for part in parts:
            _check_part(part)
        if sum("/query" in part["url"] for part in parts) > _MOST_QUERIES:
            said = f"Cannot have more than {_MOST_QUERIES} query operations in a composite request"
            raise RefusedError(400, "LIMIT_EXCEEDED", said)
        done: dict[str, Answer] = {}
        for part in parts:
            if part["referenceId"] in done:
                raise RefusedError(400, "INVALID_INPUT", f"Duplicate reference Id: {part['referenceId']}")
            done[part["referenceId"]] = self._part(part, done)
        if body.get("allOrNone") and not all(map(_worked, done.values())):
            done = {name: self._undone(one) for name, one in done.items()}
        shown = [
            {"body": one.body, "httpHeaders": {}, "httpStatusCode": one.status, "referenceId": name}
            for name, one in done.items()
        ]
        return Answer(200, {"compositeResponse": shown})

    def _undone(self, one: Answer) -> Answer:
        """Take back what worked beside something that did not."""
        if not _worked(one):
            return one
        made = one.body.get("id") if isinstance(one.body, dict) else None
        if made:
            self._state.forget(made)
        said = "The transaction was rolled back since another operation in the same transaction failed."
        return Answer(400, RefusedError(400, "PROCESSING_HALTED", said).body)

    def _part(self, part: Record, done: dict[str, Answer]) -> Answer:
        try:
            url = _resolved(part["url"], done)
            values = {
                name: _resolved(value, done) if isinstance(value, str) else value
                for name, value in (part.get("body") or {}).items()
            }
            return self.answer(part["method"], url, values or None)
        except RefusedError as error:
            return Answer(error.status, error.body)


def _check_part(part: Json) -> None:
    known = {"method", "url", "referenceId", "body", "httpHeaders"}
    if not isinstance(part, dict) or not {"method", "url", "referenceId"} <= set(part) <= known:
        raise RefusedError(400, "JSON_PARSER_ERROR", "A subrequest has a method, a url and a referenceId")
    if not re.fullmatch(r"[A-Za-z]\w*", str(part["referenceId"])) or not isinstance(part["url"], str):
        raise RefusedError(400, "INVALID_INPUT", f"Invalid reference Id: {part['referenceId']}")


def _resolved(text: str, done: dict[str, Answer]) -> str:
    """Put in what earlier subrequests have answered."""

    def one(found: re.Match[str]) -> str:
        value = _at(done[found["id"]].body, found["path"]) if _worked(done.get(found["id"])) else None
        if value is None:
            said = f"Invalid reference specified. No value for {found[0][2:-1]} found in {found['id']}"
            raise RefusedError(400, "PROCESSING_HALTED", said)
        return str(value)

    return _REFERENCE.sub(one, text)


def _worked(answer: Answer | None) -> bool:
    return answer is not None and answer.status < 300


def _at(body: Json, path: str) -> Json:
    for name, index in _STEP.findall(path):
        try:
            body = body[name] if name else body[int(index)]
        except (KeyError, IndexError, TypeError):
            return None
    return body


def _values(body: Json) -> Record:
    if not isinstance(body, dict):
        raise RefusedError(
            400, "JSON_PARSER_ERROR", "The HTTP entity body is required, but this request has none."
        )
    return {name: value for name, value in body.items() if name != "attributes"}
