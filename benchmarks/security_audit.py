"""`make security-audit`: what tools find, each finding either mended or explained in `security_findings.toml`.

Linter rules and bandit over the code, secrets in the repository, licences of everything in the lock file; and, where
their databases can be reached, known vulnerabilities (pip-audit) and newer releases. Ends with 1 when a finding is
not explained, or an explanation explains nothing any more.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Bandit and pip-audit stand in an environment of their own, so that they change nothing of the product's.
TOOLS = os.environ.get("AUDIT_PYTHON", sys.executable)
CODE = ("bot", "handlers", "integrations", "storage", "blocks", "sandbox")
EXPLAINED = Path(__file__).with_name("security_findings.toml")
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
_NEWEST = re.compile(r"^\S+ \(([^)]+)\)", re.MULTILINE)
_ASKING = ("--disable-pip-version-check", "--retries", "0", "--timeout", "10")
# Seconds: for a tool, for what an index knows of one package, and of all of them.
_LONGEST, _PER_PACKAGE, _IN_ALL, _AT_A_TIME = 300.0, 30.0, 120.0, 8
_FREE = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Unlicense|Zlib|0BSD|CC0|HPND)\b",
    re.IGNORECASE,
)
_SECRETS = {
    "slack token": re.compile(r"\bxox[abposr]-[0-9A-Za-z-]{10,}|\bxapp-[0-9A-Za-z-]{10,}"),
    "aws key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "openai key": re.compile(r"\bsk-(?:proj-)?[0-9A-Za-z_-]{20,}"),
    "github token": re.compile(r"\bgh[pousr]_[0-9A-Za-z]{36}\b"),
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}"),
    "google key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "password in a URL": re.compile(
        r"\b[a-z+]{3,20}://[^\s/:@\"'<>{}]+:(?!password)[^\s/@\"'<>{}$]{6,}@[^\s/\"'<>]+"
    ),
}


@dataclass(frozen=True)
class Finding:
    """What a tool found, and where: a path, or a package."""

    tool: str
    rule: str
    where: str
    said: str = ""

    def __str__(self) -> str:
        return f"{self.tool} {self.rule} {self.where} {self.said}".rstrip()


@dataclass
class Explanation:
    """Why findings of a rule at places that match are accepted; `used` tells whether there is still one."""

    tool: str
    rule: str
    where: re.Pattern[str]
    why: str
    used: bool = False

    def fits(self, finding: Finding) -> bool:
        return (self.tool, self.rule) == (finding.tool, finding.rule) and bool(
            self.where.fullmatch(finding.where)
        )


def explanations(path: Path = EXPLAINED) -> list[Explanation]:
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["finding"]
    return [Explanation(row["tool"], row["rule"], re.compile(row["where"]), row["why"]) for row in rows]


def unexplained(found: Iterable[Finding], known: Sequence[Explanation]) -> list[Finding]:
    """Return the findings that nobody has explained, and mark the explanations that were needed."""
    left = []
    for finding in found:
        fitting = [one for one in known if one.fits(finding)]
        for one in fitting:
            one.used = True
        if not fitting:
            left.append(finding)
    return left


def linter() -> Iterator[Finding]:
    ran = _run("-m", "ruff", "check", "--select", "S", "--output-format", "json", *CODE)
    for row in json.loads(ran.stdout):
        yield Finding("ruff", row["code"], str(Path(row["filename"]).relative_to(ROOT)), row["message"])


def bandit() -> Iterator[Finding]:
    ran = _tool("bandit", "-q", "-r", "-f", "json", *CODE)
    for row in json.loads(ran.stdout)["results"]:
        yield Finding("bandit", row["test_id"], row["filename"].removeprefix("./"), row["issue_text"])


def secrets() -> Iterator[Finding]:
    """Look through every file of the repository for what looks like a secret."""
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    for name in names.splitlines():
        path = ROOT / name
        if path.is_file():
            yield from secrets_in(name, path.read_bytes().decode("utf-8", "replace"))


def secrets_in(name: str, text: str) -> Iterator[Finding]:
    for rule, pattern in _SECRETS.items():
        for found in sorted({match[0] for match in pattern.finditer(text)}):
            yield Finding("secrets", rule, name, f"{found[:12]}…")


def licences() -> Iterator[Finding]:
    """Name each package of the lock file whose licence is none of those that ask for nothing but a notice."""
    for package, _ in pinned():
        try:
            licence = licence_of(distribution(package))
        except PackageNotFoundError:
            continue  # For another system or Python.
        if not _FREE.search(licence):
            yield Finding("licences", "licence", package, licence[:80] or "none is told")


def licence_of(package: Distribution) -> str:
    """Return all that a package says of its licence."""
    told = package.metadata
    classifiers = [one for one in told.get_all("Classifier") or [] if one.startswith("License ::")]
    named = [*(told.get_all("License-Expression") or []), *(told.get_all("License") or [])]
    return " ".join([*(one[:200] for one in named), *classifiers]).strip()


def pinned() -> list[tuple[str, str]]:
    return [(name, version) for name, version in _PINNED.findall((ROOT / "requirements.lock").read_text())]


def vulnerabilities() -> Iterator[Finding]:
    ran = _tool("pip_audit", "-r", "requirements.lock", "--disable-pip", "--no-deps", "-f", "json")
    for row in json.loads(ran.stdout)["dependencies"]:
        for one in row.get("vulns", ()):
            yield Finding("pip-audit", one["id"], row["name"], ", ".join(one.get("fix_versions", ())))


def newest(package: str) -> str:
    """Return a package's newest release, as pip's index tells; "" where it does not tell in time."""
    try:
        ran = _run("-m", "pip", *_ASKING, "index", "versions", package, within=_PER_PACKAGE)
    except subprocess.TimeoutExpired:
        return ""
    found = _NEWEST.search(ran.stdout)
    return found[1] if found else ""


def freshness(
    packages: Sequence[tuple[str, str]], ask: Callable[[str], str] = newest, in_all: float = _IN_ALL
) -> Iterator[str]:
    """Yield what there is to tell of newer releases: news, not a fault. It takes no longer than `in_all` seconds.

    The first is asked alone: where no index answers, nobody waits for all of them.
    """
    first, *others = packages
    told = {first: ask(first[0])}
    if not told[first]:
        yield f"freshness: SKIPPED, no package index has told of {first[0]} within {_PER_PACKAGE:g} s"
        return
    pool = ThreadPoolExecutor(_AT_A_TIME)
    asked = {pool.submit(ask, one[0]): one for one in others}
    done, late = wait(asked, timeout=in_all)
    pool.shutdown(wait=False, cancel_futures=True)
    told |= {asked[one]: one.result() for one in done}
    newer = [(name, has, there) for (name, has), there in sorted(told.items()) if there not in {"", has}]
    silent = len(late) + sum(not there for there in told.values())
    unknown = f"; of {silent} the index did not tell in time" if silent else ""
    yield f"freshness: {len(newer)} packages of {len(packages)} have newer releases{unknown}"
    yield from (f"  {name} {has} -> {there}" for name, has, there in newer)


def _tool(*command: str) -> "subprocess.CompletedProcess[str]":
    return _run("-m", *command, python=TOOLS)


def _run(
    *command: str, python: str = sys.executable, within: float = _LONGEST
) -> "subprocess.CompletedProcess[str]":
    """Run a tool; raises TimeoutExpired where it does not end within so many seconds."""
    return subprocess.run(  # noqa: S603
        [python, *command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=within
    )


_LOCAL: dict[str, Callable[[], Iterator[Finding]]] = {
    "ruff": linter,
    "bandit": bandit,
    "secrets": secrets,
    "licences": licences,
}
_ONLINE: dict[str, Callable[[], Iterator[Finding]]] = {"pip-audit": vulnerabilities}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--offline", action="store_true", help="ask no database")
    offline = options.parse_args().offline
    known, left = explanations(), []
    for name, look in (_LOCAL if offline else _LOCAL | _ONLINE).items():
        try:
            found = list(look())
        except (ValueError, KeyError, subprocess.TimeoutExpired) as error:
            late = isinstance(error, subprocess.TimeoutExpired)
            why = f"it did not end within {_LONGEST:g} s" if late else "it is not installed"
            print(f"{name}: SKIPPED, {why}, or its database cannot be reached")
            for one in known:
                one.used |= one.tool == name
            continue
        new = unexplained(found, known)
        print(f"{name}: {len(found)} findings, {len(found) - len(new)} of them explained")
        left += new
    if not offline:
        print(*freshness(pinned()), sep="\n")
    for finding in left:
        print(f"NOT EXPLAINED: {finding}")
    idle = [one for one in known if not one.used and not (offline and one.tool in _ONLINE)]
    for one in idle:
        print(f"EXPLAINS NOTHING: {one.tool} {one.rule} {one.where.pattern}")
    return 1 if left or idle else 0


if __name__ == "__main__":
    sys.exit(main())
