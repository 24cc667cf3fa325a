"""Mails as they came."""

from datetime import timedelta
from hashlib import sha256

from tests.builders import AT


async def test_a_mail_comes_back_byte_for_byte(database):
    mail = bytes(range(256)) * 10_000
    key = sha256(mail).hexdigest()
    async with database.transaction() as tx:
        await tx.raw_mails.keep(key, mail, AT)
    async with database.snapshot() as tx:
        assert await tx.raw_mails.get(key) == mail
        assert await tx.raw_mails.get("0" * 64) is None


async def test_the_same_mail_is_kept_once(database):
    async with database.transaction() as tx:
        await tx.raw_mails.keep("1" * 64, b"first", AT)
        await tx.raw_mails.keep("1" * 64, b"second", AT + timedelta(days=1))
        assert await tx.raw_mails.get("1" * 64) == b"first"
