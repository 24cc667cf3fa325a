"""`threadpilot parse-email`."""

import argparse
import sys
from pathlib import Path


def add_parse_email(verb: argparse.ArgumentParser) -> None:
    """Say what `parse-email` takes and does."""
    verb.description = (
        "Shows what intake would see of mails in files: the new text, what is folded, and why. Sends nothing."
    )
    verb.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="a mail, or a folder of mails")
    verb.add_argument("--json", action="store_true", help="print one line of JSON per file")
    verb.add_argument(
        "--reply-text", action="store_true", help="the files hold a mail's plain text, no headers"
    )
    verb.set_defaults(run=_parse_email)


async def _parse_email(options: argparse.Namespace) -> int:
    from bot.verbs.mail import reading as mailreading

    no_mails = []
    for reading in mailreading.readings(options.paths, reply_text=options.reply_text):
        print(reading.as_json() if options.json else reading.as_text() + "\n")
        no_mails += [] if reading.is_mail else [reading.file]
    if no_mails:
        said = (
            f"no mail, but read as one: {', '.join(no_mails)}. --reply-text reads the text of a mail alone."
        )
        print(f"threadpilot: {said}", file=sys.stderr)
    return 1 if no_mails else 0
