"""`make security-audit`, as far as it needs no tool: secrets are found, and an explanation explains what it names."""

import threading

import pytest

from benchmarks.security_audit import explanations, freshness, licences, secrets, secrets_in, unexplained


@pytest.mark.parametrize(
    "text",
    [
        "token = 'xoxb-" + "1234567890-abcdef'",
        "AKIA" + "A1B2C3D4E5F6G7H8",
        "sk-" + "proj-abcdefghijklmnopqrstuvwx",
        "-----BEGIN RSA PRIVATE" + " KEY-----\n" + "A" * 64,
        "postgresql://desk:" + "hunter2hunter@db.example/desk",
    ],
)
def test_what_looks_like_a_secret_is_found_and_not_repeated(text: str) -> None:
    (found,) = secrets_in("a.py", text)
    assert len(found.said) <= 13
    assert unexplained([found], explanations()) == [found]


def test_nothing_in_the_repository_and_no_licence_is_unexplained() -> None:
    assert unexplained([*secrets(), *licences()], explanations()) == []


def test_every_explanation_gives_a_reason() -> None:
    assert [one for one in explanations() if len(one.why) < 10] == []


def test_newer_releases_are_told_and_who_is_silent_is_counted() -> None:
    there = {"a": "2.0", "b": "1.0", "c": ""}
    told = list(freshness([("a", "1.0"), ("b", "1.0"), ("c", "1.0")], there.__getitem__))
    assert told == [
        "freshness: 1 packages of 3 have newer releases; of 1 the index did not tell in time",
        "  a 1.0 -> 2.0",
    ]


def test_where_no_index_answers_one_package_is_asked_about() -> None:
    asked: list[str] = []
    (told,) = freshness([("a", "1.0"), ("b", "1.0")], lambda name: asked.append(name) or "")  # type: ignore[func-returns-value]
    assert asked == ["a"]
    assert "SKIPPED, no package index has told of a within" in told


def test_an_index_that_hangs_is_not_waited_for() -> None:
    hangs = threading.Event()

    def ask(name: str) -> str:
        return "1.0" if name == "a" else str(hangs.wait(60) or "")

    try:
        told = list(freshness([("a", "1.0"), ("b", "1.0")], ask, in_all=0.05))
    finally:
        hangs.set()
    assert told == ["freshness: 0 packages of 2 have newer releases; of 1 the index did not tell in time"]
