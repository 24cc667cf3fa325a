"""What managers read when they steer: experiments, questions before a change, reviews."""

import json
from dataclasses import dataclass, replace

import pytest

from blocks import confirming, experiments, importing, replies, reviewing, steering
from bot.core.errors import InvalidInput
from bot.core.model import Channel, Mode, Rules
from bot.core.steering.bounds import Break
from bot.core.steering.experiments import Arm, Difference, Finding, Share, Verdict
from bot.core.steering.reviews import Agreement

NOTHING, SOME = Share(0, 0), Share(10, 40)
ARM = Arm(sent=SOME, wrong=NOTHING, reopened=NOTHING, unhappy=NOTHING)
MORE, LESS = Difference(0.10, 0.02, 0.18), Difference(-0.10, -0.18, -0.02)
UNKNOWN = Difference(0.0, -1.0, 1.0)


def finding(
    verdict: Verdict, *, sent: Difference = MORE, wrong: Difference = UNKNOWN, harm: str = ""
) -> Finding:
    return Finding(a=ARM, b=ARM, sent=sent, wrong=wrong, harm=harm, verdict=verdict)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (finding(Verdict.HARM, harm="reopened"), "brings customers back more often. Stop it: keep A."),
        (finding(Verdict.EARLY), "*Too early*: 40 and 40 conversations, 30 each are needed."),
        (finding(Verdict.KEEP_B, wrong=LESS), "B sends 10 points more [2, 18] by itself"),
        (finding(Verdict.KEEP_B, wrong=LESS), "(it is wrong 10 points less [-18, -2] often): *keep B*."),
        (finding(Verdict.KEEP_A, sent=LESS), "B sends 10 points less [-18, -2] by itself: *keep A*."),
        (
            finding(Verdict.UNPROVEN),
            "(it is wrong nobody knows how much more often): *go on*, and check more.",
        ),
        (finding(Verdict.OPEN), "*No difference is proven* yet: B sends 10 points more"),
    ],
)
def test_a_verdict_says_what_to_do(found: Finding, words: str) -> None:
    assert words in experiments.verdict(found)


def test_a_bound_that_b_has_broken_is_harm() -> None:
    broken = Break("wrong", 3, 10, 0.1)
    assert experiments.verdict(finding(Verdict.OPEN), broken).startswith(f"*B does harm*: {broken.text}.")


def test_what_is_too_long_or_stale_is_not_asked_about() -> None:
    with pytest.raises(InvalidInput, match="too long to be asked about"):
        confirming.Pending("x" * 5_000, 1).encode()
    kept = confirming.Pending("mode email auto", 3)
    assert confirming.Pending.decode(kept.encode()) == kept


def test_a_question_in_a_window_is_that_of_the_message() -> None:
    window = confirming.window("Mode", ["Everything goes out."], [], confirming.Pending("mode email auto", 3))
    assert "Everything goes out." in json.dumps(window)


def test_a_file_that_changes_nothing_says_so() -> None:
    assert "nothing would change" in json.dumps(importing.window("{}", []))


@dataclass(frozen=True)
class Changed:
    key: str
    old: object
    new: object
    channel: Channel | None = None


def test_a_plan_of_digests_is_told_in_words() -> None:
    plan = {"channel": "C0TEAM", "zone": "Europe/London", "minute": 545, "days": [0]}
    assert "none → *in <#C0TEAM> at 9:05 (Europe/London)*" in replies.change(Changed("digest", None, plan))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Agreement(0, 0.0, None), "no answer has two scorecards yet"),
        (Agreement(5, 1.0, None), "the same word on all 5: too alike for kappa"),
        (Agreement(5, 0.8, 0.5), "kappa 0.50, "),
        (Agreement(5, 0.2, -0.5), "kappa -0.50, worse than chance (20 % the same word, n = 5)"),
    ],
)
def test_how_far_two_people_agree_is_said_in_words(found: Agreement, words: str) -> None:
    @dataclass(frozen=True)
    class Summary:
        cards: int = 5
        reviewers: int = 2
        said = dict.fromkeys(reviewing.QUESTIONS, (3, 5))
        agreements = dict.fromkeys(reviewing.QUESTIONS, found)

    assert words in reviewing.summary(Summary())


@pytest.mark.parametrize(
    ("name", "now", "words"),
    [
        ("paused", {"paused": True}, "email is paused now"),
        ("risk", {"risk": 0.02}, "email is 2 % now"),
        ("undo", {"undo": 30}, "email is 30 now"),
    ],
)
def test_a_change_meanwhile_is_told_in_words(name: str, now: dict[str, object], words: str) -> None:
    before = Rules(mode=Mode.ASSIST)
    shown = json.dumps({"setting": name, "shown": steering.in_force(name, {Channel.EMAIL: before})})
    assert words in steering.changed_meanwhile(shown, "email", {Channel.EMAIL: replace(before, **now)})
    back = json.dumps(
        {"setting": name, "shown": steering.in_force(name, {Channel.EMAIL: replace(before, **now)})}
    )
    assert "Somebody changed" in steering.changed_meanwhile(back, "email", {Channel.EMAIL: before})
