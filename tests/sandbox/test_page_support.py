"""The browser fixture itself: it finds or misses Chromium as promised, and notices what it must notice."""

import pytest

from tests.browser_support import browser_page, chromium_path, require_chromium


def test_the_variable_comes_before_the_usual_names(tmp_path):
    for name in ("mine", "chromium", "google-chrome"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    assert chromium_path({"CHROMIUM": str(tmp_path / "mine"), "PATH": str(tmp_path)}) == str(
        tmp_path / "mine"
    )
    assert chromium_path({"CHROMIUM": "/nowhere", "PATH": str(tmp_path)}) == str(tmp_path / "chromium")
    (tmp_path / "chromium").unlink()
    assert chromium_path({"PATH": str(tmp_path)}) == str(tmp_path / "google-chrome")


def test_a_missing_browser_skips_or_fails(tmp_path):
    nothing = {"PATH": str(tmp_path)}
    with pytest.raises(pytest.skip.Exception):
        require_chromium(nothing)
    with pytest.raises(pytest.fail.Exception):
        require_chromium(nothing | {"REQUIRE_ALL": "1"})


@pytest.mark.browser
@pytest.mark.parametrize(
    ("markup", "sign"),
    [
        ("<script>throw new Error('oops')</script>", "oops"),
        ("<script>console.error('careful')</script>", "careful"),
        ("<img src='http://pics.example/x.png'>", "foreign host: http://pics.example/x.png"),
    ],
)
async def test_a_page_in_trouble_fails_its_test(markup, sign):
    with pytest.raises(AssertionError, match=sign):
        async with browser_page() as page:
            await page.set_content(markup)


@pytest.mark.browser
async def test_expected_errors_are_let_pass():
    async with browser_page(expected_errors=("careful",)) as page:
        await page.set_content("<script>console.error('careful')</script>")
