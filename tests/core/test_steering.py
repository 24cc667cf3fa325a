"""What managers may set, and where the line is."""

import pytest

from bot.core.errors import InvalidInput
from bot.core.insights import digest
from bot.core.model import Channel, Mode, Rules
from bot.core.steering import settingsfile
from bot.core.steering.experiments import Kind, Share, check, evidence, stored
from bot.core.steering.knobs import MOST_TOPICS, MOST_WORDS, WORDS, check_everywhere, with_topic, with_word
from bot.core.topics import SHIPPED, in_force, sensitive

PLAN = {"channel": "C0TEAM", "zone": "Europe/London", "minute": 540, "days": [0, 1]}


@pytest.mark.parametrize(
    ("value", "share", "rules", "why"),
    [
        (0.8, 0.01, Rules(mode=Mode.AUTO), "between 5% and 95%"),
        (0.9, 0.5, Rules(mode=Mode.AUTO, auto_above=0.9), "in force already"),
        (0.8, 0.5, Rules(mode=Mode.ASSIST), "Nothing goes out by itself"),
        (0.8, 0.5, Rules(mode=Mode.AUTO, risk=0.02), "take the promise back"),
    ],
)
def test_an_experiment_that_compares_nothing_is_refused(value, share, rules, why):
    with pytest.raises(InvalidInput, match=why):
        check(Kind.THRESHOLD, value, share, rules, has_model=True)


def test_without_a_model_only_thresholds_are_compared():
    with pytest.raises(InvalidInput, match="No language model"):
        check(Kind.PROMPT, "Be brief.", 0.5, Rules(mode=Mode.AUTO), has_model=False)


def test_an_experiment_that_nobody_can_read_any_more_is_none():
    assert stored(Channel.EMAIL, {"kind": "moon phase"}) is None


def test_shares_of_all_and_nothing_are_evidence_too():
    assert evidence(Share(0, 50), Share(50, 50)) > 30
    assert evidence(Share(0, 9), Share(0, 9)) == 0


def test_lists_have_a_length():
    words = [f"word{n}" for n in range(MOST_WORDS)]
    with pytest.raises(InvalidInput, match="At most"):
        with_word(words, "one more", True)
    with pytest.raises(InvalidInput, match="At most"):
        with_topic({f"topic {n}": 0.9 for n in range(MOST_TOPICS)}, "one more", 0.9)
    for wrong in ("no list", [], [*words, "more"]):
        with pytest.raises(ValueError):  # noqa: PT011 - whichever ordinary error.
            check_everywhere(WORDS, wrong)


def test_a_file_that_is_far_too_long_is_no_file_of_settings():
    with pytest.raises(InvalidInput, match="far too long"):
        settingsfile.read(" " * (settingsfile.LONGEST + 1), {}, lambda _key: None)


def test_a_plan_that_can_be_followed_stays_as_it_is():
    assert digest.checked(PLAN) == PLAN
    assert digest.checked(None) is None


@pytest.mark.parametrize(
    "wrong", [{}, {"channel": "C0TEAM"}, PLAN | {"minute": "noon"}, PLAN | {"days": [9]}]
)
def test_a_plan_that_cannot_be_followed_is_refused(wrong):
    with pytest.raises(InvalidInput):
        digest.checked(wrong)


def test_a_word_for_people_is_found_with_its_endings_and_over_lines():
    rules = in_force(SHIPPED, ("gas leak*",), ())
    assert [reason.text for reason in sensitive("There are gas\nleaks here.", rules)] != []
    assert sensitive("The gasoline leaked.", rules) == ()
