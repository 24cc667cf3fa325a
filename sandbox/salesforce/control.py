"""The Salesforce side of the control API: what stands there, and working there as people do."""

from aiohttp import web

from sandbox.salesforce.refusal import RefusedError
from sandbox.salesforce.schema import KINDS, Kind
from sandbox.salesforce.state import State
from sandbox.wire import BadRequestError, Record, read_object, wanted

_CASE, _COMMENT, _USER = KINDS["Case"], KINDS["CaseComment"], KINDS["User"]


class SalesforceControl:
    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/control/salesforce/state", self._shown),
            web.get("/control/salesforce/cases", self._cases),
            web.get("/control/salesforce/log", self._log),
            web.post("/control/salesforce/comment", self._comment),
            web.post("/control/salesforce/status", self._status),
            web.post("/control/salesforce/expire", self._expire),
        ]

    async def _shown(self, _request: web.Request) -> web.Response:
        told: Record = {
            name: [{k: v for k, v in record.items() if k != "#"} for record in self._state.all(kind)]
            for name, kind in KINDS.items()
        }
        state = self._state
        usage = {"used": state.used, "allowance": state.allowance, "logins": state.logins}
        return web.json_response({"ok": True, "records": told, **usage})

    async def _cases(self, _request: web.Request) -> web.Response:
        """Show the cases that came from conversations, the newest first, with what was said and done."""
        ours = [case for case in self._state.all(_CASE) if case["Threadpilot_Id__c"]]
        return web.json_response({"cases": [self._case(case) for case in reversed(ours)]})

    def _case(self, case: Record) -> Record:
        contact = self._state.get(KINDS["Contact"], case["ContactId"] or "")
        comments, tasks = (self._state.all(KINDS[kind]) for kind in ("CaseComment", "Task"))
        return {
            "id": case["Id"],
            "number": case["CaseNumber"],
            "subject": case["Subject"],
            "status": case["Status"],
            "contact": contact["Name"] if contact else "",
            "from": case["SuppliedName"] or case["SuppliedEmail"] or "",
            "comments": [one["CommentBody"] for one in comments if one["ParentId"] == case["Id"]],
            "tasks": [f"{one['Subject']} ({one['Status']})" for one in tasks if one["WhatId"] == case["Id"]],
        }

    async def _comment(self, request: web.Request) -> web.Response:
        """Comment on a case as a person of the org's: `{case, text}`."""
        record, text = wanted(await read_object(request), "case", "text")
        said = {"ParentId": self._wanted(_CASE, record)["Id"], "CommentBody": text}
        try:
            self._state.create(_COMMENT, said, self._person())
        except RefusedError as error:
            raise BadRequestError(str(error)) from error
        return web.json_response({"ok": True})

    async def _status(self, request: web.Request) -> web.Response:
        """Give a case another status as a person of the org's: `{case, status}`."""
        record, status = wanted(await read_object(request), "case", "status")
        self._state.update(_CASE, self._wanted(_CASE, record), {"Status": status}, self._person())
        return web.json_response({"ok": True})

    def _wanted(self, kind: Kind, record_id: str) -> Record:
        record = self._state.get(kind, record_id)
        if record is None:
            raise BadRequestError(f"There is no {kind.name} {record_id!r}.")
        return record

    def _person(self) -> str:
        return next(str(one["Id"]) for one in self._state.all(_USER) if one["Id"] != self._state.user)

    async def _log(self, _request: web.Request) -> web.Response:
        return web.json_response(self._state.log)

    async def _expire(self, _request: web.Request) -> web.Response:
        self._state.forget_logins()
        return web.json_response({"ok": True})
