"""Salesforce by simple-salesforce, which blocks: in threads of its own, with one token, one budget and our errors.

The library's own log-in and refresh are not used: it has no lock, and twenty threads that find a token expired would
log in twenty times. Its client is made anew from the shared token for each call, which costs nothing.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from bot.core.errors import Gone, Refused, ThreadpilotError, Unavailable, Unreachable
from bot.core.ports.tokens import TokenShelf
from integrations.salesforce.budget import Budget
from integrations.salesforce.tokens import Token, Tokens
from integrations.salesforce.transport import Timeout, TokenRefused, moment_of, session_to

T = TypeVar("T")
Json = Mapping[str, Any]

VERSION = "66.0"
PATH = f"/services/data/v{VERSION}"
_TIMEOUT: Timeout = (3.0, 6.0)
_GRACE = 2.0
_PASSING = frozenset({"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED"})


@dataclass(frozen=True)
class Login:
    """How we log in: with the app's secret (client credentials), or as a user with the app's key (JWT bearer)."""

    url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    username: str = ""
    private_key_file: Path | None = None

    @property
    def domain(self) -> str:
        """What stands before .salesforce.com; a stand-in's address is put in by the transport."""
        host = urlsplit(self.url).hostname or ""
        return host.removesuffix(".salesforce.com") if host.endswith(".salesforce.com") else "stand-in.my"

    @property
    def identity(self) -> str:
        """What a token is for: nobody else's can take its place."""
        return "|".join((self.url, self.client_id, self.client_secret, self.username))

    def arguments(self) -> dict[str, Any]:
        """Return what the library calls this."""
        given = {"domain": self.domain, "consumer_key": self.client_id}
        if self.private_key_file is not None:
            return given | {"username": self.username, "privatekey_file": str(self.private_key_file)}
        return given | {"consumer_secret": self.client_secret}


@dataclass(frozen=True)
class Part:
    """The answer to one request of a composite: its HTTP status and its JSON."""

    status: int
    body: Any

    @property
    def records(self) -> Sequence[Json]:
        """The records of a query, nothing for one that failed."""
        found = self.body.get("records") if self.status == 200 and isinstance(self.body, Mapping) else None
        return [r for r in found if isinstance(r, Mapping)] if isinstance(found, list) else []

    @property
    def code(self) -> str:
        """Salesforce's code for what went wrong, or nothing."""
        first = self.body[0] if self.status >= 300 and isinstance(self.body, list) and self.body else None
        return str(first.get("errorCode") or "") if isinstance(first, Mapping) else ""


class SalesforceApi:
    """What we ask of Salesforce. Everything raises Unavailable for what may work later, and Refused for a no."""

    def __init__(
        self,
        login: Login,
        budget: Budget,
        *,
        shelf: TokenShelf | None = None,
        timeout: Timeout = _TIMEOUT,
        threads: int = 8,
    ) -> None:
        """Log in by `login`; the token is shared with whoever has this `shelf`."""
        self._url = login.url.rstrip("/")
        self._login = login
        self._budget = budget
        self._clock_ahead = timedelta()
        self._patience = 2 * sum(timeout) + _GRACE  # A request, and a login between its two tries.
        self._session = session_to(self._url, timeout, threads, self._note)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="salesforce")
        self._tokens = Tokens(self._log_in, shelf)

    async def aclose(self) -> None:
        """Let no new call begin; those under way end by their time limit."""
        await self._tokens.aclose()
        self._threads.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self._session.close)

    @property
    def clock_ahead(self) -> timedelta:
        """How far this machine's clock is ahead of Salesforce's, by the newest answer."""
        return self._clock_ahead

    def page_of(self, record_id: str) -> str:
        """Return where people see a record."""
        return f"{self._url}/{record_id}"

    async def composite(
        self, requests: Sequence[Json], *, all_or_none: bool = False, check: Callable[[], None] | None = None
    ) -> Mapping[str, Part]:
        """Do up to 25 requests (5 queries) that count as one; return their answers by reference id.

        `check` is called right before they leave, and ends it by raising.
        """
        body = {"allOrNone": all_or_none, "compositeRequest": list(requests)}

        def ask(sf: Any) -> Mapping[str, Part]:
            if check is not None:
                check()
            return _answers(sf.restful("composite", method="POST", json=body))

        return await self._ask(ask)

    async def query(self, soql: str) -> Sequence[Json]:
        """Run a query and return its first 2,000 records; escaping is the caller's part."""
        return await self._ask(lambda sf: list(sf.query(soql)["records"]))

    async def search(self, sosl: str) -> Sequence[Json]:
        """Run a search; escaping is the caller's part."""
        return await self._ask(lambda sf: list((sf.search(sosl) or {}).get("searchRecords") or ()))

    async def describe(self, kind: str) -> Mapping[str, Json] | None:
        """Return the fields of an object by name; None when this org, or our user, has no such object."""
        try:
            return await self._ask(lambda sf: _by_name(sf.restful(f"sobjects/{kind}/describe")["fields"]))
        except Gone:
            return None

    async def update(self, kind: str, record_id: str, values: Json) -> None:
        """Change a record. Raises Gone when it is not there any more."""
        path, body = f"sobjects/{kind}/{record_id}", dict(values)
        await self._ask(lambda sf: sf.restful(path, method="PATCH", json=body))

    async def upsert(self, kind: str, external: str, key: str, values: Json) -> str:
        """Create the record whose field `external` says `key`, or change it; return its id.

        Raises:
            Refused: several records say so.
        """
        path, body = f"sobjects/{kind}/{external}/{quote(key, safe='')}", dict(values)

        def upsert(sf: Any) -> str:
            told = sf.restful(path, method="PATCH", json=body) or {}
            return str(told.get("id") or sf.restful(path)["Id"])  # Older versions of the API only say "done".

        return await self._ask(upsert)

    async def who(self) -> Json:
        """Return the user we are logged in as."""
        return await self._ask(lambda sf: dict(sf.oauth2("userinfo") or {}))

    async def _ask(self, call: Callable[[Any], T]) -> T:
        try:
            async with asyncio.timeout(self._patience):
                return await self._with_a_token(call)
        except TimeoutError as error:
            raise Unreachable("Salesforce did not answer in time") from error

    async def _with_a_token(self, call: Callable[[Any], T]) -> T:
        """Call, and once more with a fresh token when the current one is refused."""
        token, tries = await self._tokens.current(), 0
        while True:
            try:
                return await self._in_thread(call, token)
            except TokenRefused:
                tries += not token.shared  # One from the shelf may be as old as ours was.
                if tries > 1:
                    raise Unreachable("Salesforce refuses the token it has just given us") from None
                token = await self._tokens.instead_of(token)

    async def _in_thread(self, call: Callable[[Any], T], token: Token) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._called, call, token)

    def _called(self, call: Callable[[Any], T], token: Token) -> T:
        from integrations.salesforce import library  # Here, because it takes a second.

        try:
            return call(library.client(token, VERSION, self._session))
        except TokenRefused:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the library raises is turned into ours here.
            raise library.in_our_words(error) from None  # Its own text holds addresses, queries and records.

    def _note(self, headers: Mapping[str, str]) -> None:
        if "Sforce-Limit-Info" in headers:
            self._budget.note(headers["Sforce-Limit-Info"])
        now = datetime.now(UTC)
        theirs = moment_of(headers.get("Date", ""))
        self._clock_ahead = now - theirs if theirs is not None else timedelta()

    async def _log_in(self) -> Token:
        def log_in() -> Token:
            from integrations.salesforce import library

            return library.log_in(self._session, self._login.arguments())

        return await asyncio.get_running_loop().run_in_executor(self._threads, log_in)


def refusal(code: str, where: str = "") -> ThreadpilotError:
    """Return what a code of Salesforce's means: some pass by themselves."""
    if code in _PASSING:
        return Unavailable(f"Salesforce is busy with this record ({code})")
    return Refused(f"Salesforce refused it: {code}{where}")


def _answers(told: Json) -> Mapping[str, Part]:
    return {
        str(one["referenceId"]): Part(int(one["httpStatusCode"]), one["body"])
        for one in told["compositeResponse"]
    }


def _by_name(fields: Sequence[Json]) -> Mapping[str, Json]:
    return {str(field["name"]): field for field in fields}
