"""Reads a mailbox on an IMAP server, for ever: waits for mail, keeps it, and marks it as read once it is committed.

What has been taken is known by UID (RFC 3501, 2.3.1.1), and kept in our database together with the UIDVALIDITY under
which it holds; what is taken twice nonetheless is recognised by intake. One process reads a mailbox at a time.

The connection belongs to one thread (`imap_session`); this side runs on the event loop and tells it what to do next.
"""

import asyncio
import logging
import random
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import islice
from time import monotonic
from typing import TypeVar

from bot.core.errors import Unavailable, Unreachable
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Bookmark, Database
from handlers.mail.imap_session import Fetched, ImapMailbox, ImapSession, LoginRefused, Opened
from handlers.mail.inbound import Envelope
from handlers.mail.keeping import MailDesk
from integrations.email.oauth import Tokens

T = TypeVar("T")

log = logging.getLogger(__name__)

_MIB = 1024 * 1024
_AT_A_TIME = 20
_BACK = timedelta(days=1)  # SINCE goes by the day, in the server's time zone.
# Of what was there before us, only unread mail of the last days is taken: nobody waits for an older answer.
_BEFORE_US = timedelta(days=7)


@dataclass(frozen=True)
class Habits:
    """How a mailbox is read, in seconds unless said otherwise.

    The `lease` is kept by looking up from waiting every `slice`; a server that pushes is asked anew every `renew`
    (RFC 2177: 29 minutes at most), one that does not every `poll`. After a failure come pauses from `pause` up to
    `longest_pause`. Of a mail, at most `most` bytes are taken.
    """

    lease: float = 60.0
    slice: float = 15.0
    renew: float = 540.0
    poll: float = 30.0
    pause: float = 1.0
    longest_pause: float = 60.0
    after_refusal: float = 60.0
    most: int = 25 * _MIB


class ImapIntake:
    """Takes what comes to one mailbox."""

    def __init__(
        self,
        mailbox: ImapMailbox,
        desk: MailDesk,
        database: Database,
        clock: Clock,
        holder: str,
        *,
        tokens: Tokens | None = None,
        tls_context: ssl.SSLContext | None = None,
        habits: Habits | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`holder` names this process; `jitter` draws from 0 to 1."""
        self._mailbox = mailbox
        self._desk = desk
        self._database = database
        self._clock = clock
        self._holder = holder
        self._tokens = tokens
        self._tls_context = tls_context
        self._habits = habits or Habits()
        self._jitter = jitter
        self._trouble = "connecting"
        self._failures = 0

    @property
    def name(self) -> str:
        return self._mailbox.name

    async def state(self) -> str:
        """Return `ok`, or why no mail is read; a mailbox that another process reads is well."""
        return f"{self.name}: {self._trouble}" if self._trouble else "ok"

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            pause = self._habits.slice
            try:
                if await self._hold():
                    await self._read_on()
                self._is_well()
            except Unavailable as error:
                pause = self._noticed(error)
            await asyncio.sleep(pause)

    async def _hold(self) -> bool:
        """Take the mailbox, or keep it; tell whether it is ours."""
        now = self._clock()
        until = now + timedelta(seconds=self._habits.lease)
        async with self._database.transaction() as tx:
            return await tx.mailboxes.claim(self.name, self._holder, at=now, until=until)

    async def _read_on(self) -> None:
        """Read on one connection until it ends, or until another process has the mailbox."""
        session = ImapSession(self._mailbox, tls_context=self._tls_context)
        thread = ThreadPoolExecutor(1, thread_name_prefix=f"imap {self.name}")
        work = _Line(session, thread)
        try:
            await self._follow(work, await self._open(work))
        finally:
            session.interrupt()
            thread.submit(session.close)
            thread.shutdown(
                wait=False
            )  # It ends with what it does; nobody waits for a server that is silent.
            await self._let_go()

    async def _open(self, work: "_Line") -> Opened:
        secret = await secret_of(self._mailbox, self._tokens)
        try:
            return await work(partial(work.session.open, secret))
        except LoginRefused:
            if self._tokens is not None:
                self._tokens.refused(secret)
            raise

    async def _follow(self, work: "_Line", opened: Opened) -> None:
        mark = await self._start(work, opened)
        log.info("mailbox_open", extra={"mailbox": self.name, "mails": opened.exists})
        pushes = await work(work.session.pushes)
        while True:
            mark = await self._catch_up(work, mark)
            self._is_well()
            if not await (self._wait_pushed(work) if pushes else self._wait_polling()):
                return

    async def _start(self, work: "_Line", opened: Opened) -> Bookmark:
        """Return where to go on, having taken what a bookmark cannot tell: at first, and after a renumbering."""
        async with self._database.snapshot() as tx:
            mark = await tx.mailboxes.bookmark(self.name)
        if mark is not None and mark.validity == opened.validity:
            return mark
        uids = set(await work(partial(work.session.unread, (self._clock() - _BEFORE_US).date())))
        if mark is not None:
            log.warning("mailbox_renumbered", extra={"mailbox": self.name})
            since = (mark.caught_up_at or self._clock()) - _BACK
            uids |= set(await work(partial(work.session.arrived, since.date())))
        return await self._begin_anew(work, opened, sorted(uids), mark)

    async def _begin_anew(
        self, work: "_Line", opened: Opened, uids: Sequence[int], before: Bookmark | None
    ) -> Bookmark:
        left: tuple[int, ...] = ()
        for batch in _batches(uids):
            left += await self._take(work, batch)
            await self._stay()
        # Only now: after a crash until here all of it is done again, and intake recognises what it has.
        last = max([opened.next_uid - 1, *uids])
        mark = Bookmark(opened.validity, last, left, before.caught_up_at if before else None)
        await self._stay(mark)
        return mark

    async def _catch_up(self, work: "_Line", mark: Bookmark) -> Bookmark:
        """Take everything above the bookmark, and try again what could not be kept."""
        mark = replace(mark, left=await self._take(work, mark.left))
        more = True
        while more:
            await work(work.session.look)
            uids = await work(partial(work.session.after, mark.last_uid))
            for batch in _batches(uids):
                left = await self._take(work, batch)
                mark = replace(mark, last_uid=batch[-1], left=(*mark.left, *left))
                await self._stay(mark)
            more = bool(uids) or await work(work.session.told_of_more)
        mark = replace(mark, caught_up_at=self._clock())
        await self._stay(mark)
        return mark

    async def _take(self, work: "_Line", uids: Sequence[int]) -> tuple[int, ...]:
        """Keep mails, then mark them as read; return those that could not be kept."""
        if not uids:
            return ()
        kept: list[int] = []
        left: list[int] = []
        mails = work.session.fetch(uids, self._habits.most)
        while (mail := await work(partial(next, mails, None))) is not None:
            (kept if await self._keep(mail) else left).append(mail.uid)
        await work(partial(work.session.mark_read, kept))
        return tuple(left)

    async def _keep(self, mail: Fetched) -> bool:
        warnings = ("the mail is too large, only its beginning was taken",) if mail.cut else ()
        try:
            await self._desk.keep(mail.raw, Envelope(warnings=warnings))
        except Unavailable:
            raise
        except Exception as error:
            # One mail must not keep all others out. It stays unread and is tried again at every look.
            log.error("mail_not_kept", extra={"mailbox": self.name, "uid": mail.uid}, exc_info=error)
            return False
        return True

    async def _stay(self, mark: Bookmark | None = None) -> None:
        """Keep the mailbox, and a bookmark. Raises Unavailable when another process has taken it."""
        now = self._clock()
        until = now + timedelta(seconds=self._habits.lease)
        async with self._database.transaction() as tx:
            ours = await tx.mailboxes.claim(self.name, self._holder, at=now, until=until)
            if ours and mark is not None:
                await tx.mailboxes.put(self.name, self._holder, mark)
        if not ours:
            raise Unavailable("another process reads this mailbox now")

    async def _wait_pushed(self, work: "_Line") -> bool:
        """Wait for news; tell whether the mailbox is still ours."""
        end = monotonic() + self._habits.renew
        await work(work.session.begin_waiting)
        while monotonic() < end:
            if await work(partial(work.session.news, self._habits.slice)):
                break
            if not await self._hold():
                return False
        await work(work.session.end_waiting)
        return True

    async def _wait_polling(self) -> bool:
        await asyncio.sleep(min(self._habits.poll, self._habits.lease / 3))
        return await self._hold()

    async def _let_go(self) -> None:
        """Let another process have the mailbox; without a database it has it when the lease ends."""
        try:
            async with self._database.transaction() as tx:
                await tx.mailboxes.release(self.name, self._holder, at=self._clock())
        except Unavailable:
            log.info("mailbox_lease_kept", extra={"mailbox": self.name})

    def _is_well(self) -> None:
        if self._trouble and self._failures:
            log.warning("mailbox_back", extra={"mailbox": self.name})
        self._trouble, self._failures = "", 0

    def _noticed(self, error: Unavailable) -> float:
        """Note what is wrong, say so once, and return for how long to leave the server alone."""
        if str(error) != self._trouble:
            log.warning("mailbox_down", extra={"mailbox": self.name, "reason": str(error)})
        self._trouble = str(error)
        self._failures += 1
        longest = self._habits.longest_pause
        pause = min(longest, self._habits.pause * 2.0 ** min(self._failures - 1, 10))
        if isinstance(error, LoginRefused) and self._failures > 2:
            pause = max(pause, self._habits.after_refusal)  # Servers lock accounts that knock too often.
        return pause * (0.5 + self._jitter() / 2)


async def secret_of(mailbox: ImapMailbox, tokens: Tokens | None) -> str:
    """Return what a mailbox is opened with: its password, or a token. Raises Unreachable: there is none now."""
    if not mailbox.auth:
        return mailbox.password
    if tokens is None:
        raise Unreachable("There is no access token: set MAIL_OAUTH_TOKEN or MAIL_OAUTH_TOKEN_URL.")
    return await tokens.current()


class _Line:
    """A session and the one thread that may use it."""

    def __init__(self, session: ImapSession, thread: ThreadPoolExecutor) -> None:
        self.session = session
        self._thread = thread

    async def __call__(self, work: Callable[[], T]) -> T:
        """Have the thread do something."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _batches(uids: Sequence[int]) -> Sequence[Sequence[int]]:
    rest = iter(uids)
    return list(iter(lambda: list(islice(rest, _AT_A_TIME)), []))
