"""`make security-audit`, as far as it needs no tool: secrets are found, and an explanation explains what it names."""

import pytest

from benchmarks.security_audit import explanations, licences, secrets, secrets_in, unexplained


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
