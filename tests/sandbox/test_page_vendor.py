"""The page's files as files: vendored code is what it claims to be, and nothing in ours asks for trouble."""

import hashlib
import re
import shutil
import subprocess

import pytest

from tests.sandbox.page_stub import PAGE

ROW = re.compile(r"^\| `(?P<file>[^`]+)` \|.*\| (?P<sha256>[0-9a-f]{64}) \|$", re.MULTILINE)
MODULES = sorted(PAGE.glob("*.js"))


def test_vendored_files_match_their_table():
    table = dict(ROW.findall((PAGE / "vendor" / "VENDOR.md").read_text()))
    scripts = {path.name for path in (PAGE / "vendor").glob("*.js")}
    assert table.keys() == scripts
    for name, expected in table.items():
        assert hashlib.sha256((PAGE / "vendor" / name).read_bytes()).hexdigest() == expected


def test_licences_are_kept():
    assert "Apache License" in (PAGE / "vendor" / "LICENSE-htm").read_text()
    assert "MIT License" in (PAGE / "vendor" / "LICENSE-preact").read_text()


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_modules_never_make_markup_or_code_from_text(module):
    source = module.read_text()
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "srcdoc",
    ):
        assert forbidden not in source
    assert len(source.splitlines()) <= 300


def test_the_document_holds_no_inline_code_or_foreign_address():
    document = (PAGE / "index.html").read_text()
    assert "<style" not in document
    assert " style=" not in document
    assert re.findall(r"<script[^>]*>(.+?)</script>", document) == []
    addresses = re.findall(r'(?:src|href)="([^"]+)"', document)
    assert addresses
    assert [one for one in addresses if "//" in one] == []


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine")
@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_modules_parse(module):
    check = subprocess.run(
        ["node", "--input-type=module", "--check"],
        input=module.read_bytes(),
        capture_output=True,
        check=False,
    )
    assert check.returncode == 0, check.stderr.decode()
