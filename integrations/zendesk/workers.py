"""Threads for zenpy, which blocks, keeps what it once read, and is not made for several threads at once.

So each of our threads has a client of its own without that memory, and the session beneath (`session.py`) does what
zenpy does not.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

import requests
from zenpy import Zenpy
from zenpy.lib.exception import ZenpyException

from bot.core.errors import OutcomeUnknown, ThreadpilotError, Unreachable
from integrations.zendesk.session import Pause, TokenRefused, ZendeskSession
from integrations.zendesk.tokens import Tokens

T = TypeVar("T")

Check = Callable[[], None]

_THREADS = 8
_ALL_IN_ALL = 4  # A token, a request, and both again, each with its own limit.
_NOT_ACCEPTED = "Zendesk does not accept our token (401): look at ZENDESK_CLIENT_ID, or ZENDESK_OAUTH_TOKEN"
_NOT_AS_EXPECTED = (ValueError, KeyError, TypeError, AttributeError, IndexError, StopIteration)


class Workers:
    """Does what is asked of zenpy, each in one of a few threads, and turns its errors into ours."""

    def __init__(self, url: str, tokens: Tokens, timeout: float) -> None:
        """Use the account at `url`; `timeout` is how many seconds an answer may take."""
        self.pause = Pause()
        self._url = url
        self._tokens = tokens
        self._timeout = timeout
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="zendesk")
        self._own = threading.local()
        self._sessions: list[ZendeskSession] = []

    def close(self) -> None:
        """Let go of the threads; what is under way ends within its time limit."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for session in self._sessions:
            session.close()

    async def ask(self, work: Callable[[Zenpy], T]) -> T:
        """Do what only reads. Raises Unavailable, Refused."""
        return await self._in_thread(work, "", None, sends=False)

    async def send(self, work: Callable[[Zenpy], T], *, key: str = "", check: Check | None = None) -> T:
        """Do what changes something, once per `key` where Zendesk heeds that.

        `check` is called right before it leaves, and ends it by raising.

        Raises:
            Unavailable, Refused: nothing has changed.
            OutcomeUnknown: it may have.
        """
        return await self._in_thread(work, key, check, sends=True)

    async def _in_thread(
        self, work: Callable[[Zenpy], T], key: str, check: Check | None, *, sends: bool
    ) -> T:
        run = partial(self._run, work, key, check, sends=sends)
        try:
            async with asyncio.timeout(_ALL_IN_ALL * self._timeout):
                return await asyncio.get_running_loop().run_in_executor(self._threads, run)
        except TimeoutError as error:
            said = "Zendesk did not answer in time"
            raise (OutcomeUnknown(said) if sends else Unreachable(said)) from error

    def _run(self, work: Callable[[Zenpy], T], key: str, check: Check | None, *, sends: bool) -> T:
        """Do it in this thread; with another token once, when ours is refused."""
        zenpy, session = self._client()
        try:
            with session.calling(key, check):
                try:
                    return work(zenpy)
                except TokenRefused as refused:
                    if not self._tokens.renew(refused.token):
                        raise
                    return work(zenpy)
        except ThreadpilotError:
            raise
        except TokenRefused as error:
            raise Unreachable(_NOT_ACCEPTED) from error
        except (ZenpyException, requests.RequestException, *_NOT_AS_EXPECTED) as error:
            # The request went through; only its answer is nothing that we know.
            said = f"Zendesk's answer is not what it should be ({type(error).__name__})"
            raise (OutcomeUnknown(said) if sends else Unreachable(said)) from error

    def _client(self) -> tuple[Zenpy, ZendeskSession]:
        own: tuple[Zenpy, ZendeskSession] | None = getattr(self._own, "client", None)
        if own is None:
            session = ZendeskSession(self._url, self._tokens, self.pause, timeout=self._timeout)
            self._sessions.append(session)
            subdomain, _, domain = urlsplit(self._url).netloc.partition(".")
            zenpy = Zenpy(
                subdomain=subdomain,
                domain=domain,
                session=session,
                timeout=self._timeout,
                disable_cache=True,
            )
            own = self._own.client = (zenpy, session)
        return own
