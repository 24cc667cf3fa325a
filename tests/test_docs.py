"""The pages lead somewhere: every link, anchor and picture is there, and every command in them is understood."""

import contextlib
import io
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from blocks import replies, steering_words, teamwork
from bot.cli import main
from handlers.slack.grammar import Help, parse

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """Return a page without its code, in which brackets are no links."""
    return re.sub(r"`[^`\n]*`", "`code`", _FENCE.sub("", page.read_text()))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    found: dict[str, int] = {}
    for heading in re.findall(r"^#{1,6} +(.+?) *$", _FENCE.sub("", page.read_text()), re.MULTILINE):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        found[anchor] = found.get(anchor, -1) + 1
    numbered = {f"{anchor}-{n}" for anchor, last in found.items() for n in range(1, last + 1)}
    return found.keys() | numbered | set(re.findall(r'<a (?:id|name)="([^"]+)"', page.read_text()))


def links_of(page: Path) -> list[str]:
    return _LINK.findall(prose(page))


def dead(page: Path) -> Iterator[str]:
    """Yield the links of a page that lead nowhere."""
    for link in links_of(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(dead(page)) == []


def test_every_page_can_be_found_from_the_readme() -> None:
    found, fresh = set(), {ROOT / "README.md"}
    while fresh:
        found |= fresh
        links = {
            (page.parent / link.partition("#")[0]).resolve() for page in fresh for link in links_of(page)
        }
        fresh = {link for link in links if link.suffix == ".md" and link.exists()} - found
    assert [name(page) for page in PAGES if page not in found] == []


def commands(page: Path) -> Iterator[str]:
    """Yield what somebody may copy into a shell or into Slack: lines of blocks, and code in the text."""
    text = page.read_text()
    for language, block in _FENCE.findall(text):
        if language in {"sh", "bash", ""}:
            yield from (line.split("#")[0].strip() for line in block.replace("\\\n", " ").splitlines())
    yield from re.findall(r"`([^`\n]+)`", _FENCE.sub("", text))


def said(start: str) -> list[tuple[str, str]]:
    every = {(name(page), one) for page in PAGES for one in commands(page)}
    return sorted((page, one) for page, one in every if re.match(start, one))


@pytest.mark.parametrize(("page", "command"), said(r"(\S*/)?threadpilot [a-z-]"))
def test_every_command_is_understood(page: str, command: str) -> None:
    """Its verb exists, and each of its options stands in the verb's help."""
    words = re.sub(r"[\[\]|…\\]", " ", command.partition("threadpilot ")[2]).split()
    options = [word.partition("=")[0] for word in words if word.startswith("--")]
    verb = [] if words[0].startswith("-") else words[:1]
    told = help_of(*verb)
    if verb and verb[0] in {"eval", "knowledge"}:
        deeper = [word for word in words[1:] if word in _DEEPER[verb[0]]]
        told += "".join(help_of(*verb, word) for word in deeper or _DEEPER[verb[0]])
    assert [option for option in options if option not in told] == []


_DEEPER = {"eval": ("intents", "tickets"), "knowledge": ("add", "sync", "check", "model")}


def help_of(*verb: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), pytest.raises(SystemExit) as ended:
        main([*verb, "--help"])
    assert ended.value.code == 0, out.getvalue()
    return out.getvalue()


@pytest.mark.parametrize(("page", "command"), said(r"make [a-z]"))
def test_every_task_exists(page: str, command: str) -> None:
    tasks = [word for word in shlex.split(command)[1:] if "=" not in word]
    assert subprocess.run(["make", "-n", *tasks], cwd=ROOT, capture_output=True, check=False).returncode == 0


HELP = f"{replies.HELP}\n{steering_words.help_with('returns')}\n{teamwork.HELP}"
# What stands in a page for what Slack, or whoever types, puts there.
_TYPED = {
    r" *\[.*\]": "",
    r"@(anna|ben)\b": "<@U0123|\\1>",
    "@leads": "<!subteam^S0123|@leads>",
    r"#([a-z-]+)": r"<#C0123|\1>",
    "LINK": "0" * 32,
}


@pytest.mark.parametrize(("page", "command"), said(r"/cockpit [a-z]"))
def test_every_slash_command_is_understood(page: str, command: str) -> None:
    for text in command.removeprefix("/cockpit ").split(" | "):
        for pattern, typed in _TYPED.items():
            text = re.sub(pattern, typed, text)
        if " " in text and "…" not in text:
            assert not isinstance(parse(text), Help)
        else:  # Some are named without all that they need.
            assert re.search(rf"/cockpit [\w|]*\b{text.split()[0]}\b", HELP)
