import pytest

from bot.answering.language import LONGEST_WORD, meanings, sentences, stem, stems, words


@pytest.mark.parametrize(
    "forms",
    [
        "return returned returning returns",
        "deliver delivery delivered deliveries",
        "refund refunds refunded",
        "parcel parcels",
        "cancel cancelled cancelling",
        "buy bought buying",
        "box boxes",
        "copy copies copied",
        "repair repairing repaired",
    ],
)
def test_inflections_share_a_stem(forms):
    assert len({stem(form) for form in forms.split()}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("pay", "pan"), ("address", "dress"), ("size", "side"), ("bus", "bu")]
)
def test_different_words_keep_different_stems(one, other):
    assert stem(one) != stem(other)


def test_words_are_lower_case_without_possessives_and_phrases_become_one_word():
    assert words("Maya’s ＰＡＲＣＥＬ, don't!") == ["maya", "parcel", "don't"]
    assert "refund" in words("I want my money back")
    assert "return" in words("can I send the jacket back")


def test_words_of_garbage_are_bounded():
    assert words("x" * 1_000_000) == ["x" * LONGEST_WORD]
    assert words("🎉 … ‼ \x00") == []


def test_stems_leave_out_words_that_say_nothing():
    assert stems("Could you please tell me where the parcels are?") == [stem("parcel")]


def test_words_with_a_common_meaning_share_it():
    assert set(meanings(stem("parcel"))) & set(meanings(stem("package")))
    assert meanings(stem("giraffe")) == ()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three? four", ["One.", "Two!", "Three?", "four"]),
        ("It costs 3.50 euro, e.g. at home.", ["It costs 3.50 euro, e.g. at home."]),
        (
            'Press "Forgot password?" on the page. Then wait.',
            ['Press "Forgot password?" on the page.', "Then wait."],
        ),
        ('She said "No." He left.', ['She said "No."', "He left."]),
        ("line one\n\nline two", ["line one", "line two"]),
        ("", []),
        ("Ask Mr. Smith.", ["Ask Mr. Smith."]),
    ],
)
def test_sentences(text, parts):
    assert sentences(text) == parts
