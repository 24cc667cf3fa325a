"""`threadpilot parse-email`: what it prints for programs and for people."""

import json
import os
from pathlib import Path

import pytest

from bot.cli import main

pytestmark = pytest.mark.usefixtures("logging_kept")

FIELDS = ["file", "from", "subject", "text", "quoted", "automatic", "bounce", "reasons"]
REPLY = b"""\
From: Ada <Ada@c.example>
Subject: Re: Order
Message-ID: <1@c.example>

Yes, please.

On Mon, 2 Nov 2026 at 10:05, Shop <s@x.example> wrote:
> Another one?
> Shall we?
"""
BOUNCE = b"""\
From: MAILER-DAEMON@mx.c.example
Subject: Undelivered Mail Returned to Sender
Return-Path: <>
Message-ID: <2@c.example>

<bob@c.example>: 550 5.1.1 User unknown
Message-ID: <ours@x.example>
"""
FORWARD = b"""\
From: agent@x.example
Subject: Fwd: Broken
Message-ID: <3@c.example>

Customer wrote this

From: Carl <carl@c.example>
Sent: Monday
To: Shop
Subject: Broken

My lamp broke.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, raw in (("a.eml", REPLY), ("b.eml", BOUNCE), ("c/d.eml", FORWARD), ("e", b"\x00\xff")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(raw)
    return tmp_path


def test_one_line_of_json_for_every_file_of_a_folder(folder, capsys):
    assert main(["parse-email", str(folder), "--json"]) == 1  # One of them is no mail.
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(list(row) == FIELDS for row in rows)
    assert [Path(row["file"]).name for row in rows] == ["a.eml", "b.eml", "d.eml", "e"]
    reply, bounce, forward, _ = rows
    assert (reply["from"], reply["subject"], reply["text"]) == ("ada@c.example", "Re: Order", "Yes, please.")
    assert reply["quoted"].endswith("> Shall we?")
    assert (reply["automatic"], reply["bounce"]) == (False, False)
    assert any("folded (introduction)" in reason for reason in reply["reasons"])
    assert (bounce["automatic"], bounce["bounce"]) == (True, True)
    assert (
        "a mail of ours will not be delivered: <bob@c.example>: 550 5.1.1 User unknown" in bounce["reasons"]
    )
    assert "forwarded, first written by Carl <carl@c.example>" in forward["reasons"]
    assert forward["text"].endswith("My lamp broke.")


def test_plain_text_of_a_mail(tmp_path, capsys):
    (tmp_path / "text.txt").write_bytes(REPLY.partition(b"\n\n")[2])
    assert main(["parse-email", "--reply-text", "--json", str(tmp_path / "text.txt")]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["text"], row["from"], row["automatic"]) == ("Yes, please.", "", False)


def test_for_people(folder, capsys):
    assert main(["parse-email", str(folder / "a.eml"), str(folder / "b.eml")]) == 0
    said = capsys.readouterr().out
    assert "  from:    ada@c.example\n  subject: Re: Order\n  is:      written by a person\n" in said
    assert "  new text:\n    Yes, please.\n  folded:\n    On Mon" in said
    assert "    lines 1–2 kept (text): what the writer says\n" in said
    assert "  is:      a delivery report\n" in said


def test_a_path_that_is_not_there(tmp_path, capsys):
    assert main(["parse-email", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err == f"threadpilot: {tmp_path}/none does not exist.\n"


@pytest.mark.unprivileged
def test_a_file_that_may_not_be_read(folder, capsys):
    (folder / "a.eml").chmod(0)
    if os.access(folder / "a.eml", os.R_OK):
        pytest.skip("this user may read everything")
    assert main(["parse-email", str(folder / "a.eml")]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", bytes(range(256)) * 8, b"Only a text, and no mail.\n"])
def test_what_is_no_mail_is_read_and_named(tmp_path, capsys, content):
    (tmp_path / "thing").write_bytes(content)
    (tmp_path / "mail").write_bytes(b"From: ada@customer.example\nSubject: Hello\n\nA question?\n")
    assert main(["parse-email", str(tmp_path), "--json"]) == 1
    out, err = capsys.readouterr()
    mail, thing = map(json.loads, out.splitlines())
    assert thing["reasons"][0].startswith("note: this is no mail")
    assert not [reason for reason in mail["reasons"] if "no mail" in reason]
    assert err == (
        f"threadpilot: no mail, but read as one: {tmp_path}/thing. --reply-text reads the text of a mail alone.\n"
    )
    assert main(["parse-email", str(tmp_path / "thing"), "--reply-text"]) == 0
