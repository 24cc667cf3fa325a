import time

import pytest

from bot.answering.messages import MAX_QUESTIONS, Asked, clean, split_questions, without_prefix


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Hi there,\n\nWhere is my order?\n\nKind regards,\nMarta Gomez", "Where is my order?"),
        ("Good morning, it is late. Regards, P. Lindqvist", "it is late."),
        ("Is this normal? Gruß, Dieter", "Is this normal?"),
        ("hi how does it fit", "how does it fit"),
        ("Hello Northwind team!\nmy parcel is lost", "my parcel is lost"),
        ("Where is it?\n-- \nBob\nACME Ltd.", "Where is it?"),
        ("parcel lost\n\nSent from my phone", "parcel lost"),
        ("new question\nOn Mon, 2 Nov 2026 Shop wrote:\n> old answer", "new question"),
        ("> quoted\nmy own words about returns", "my own words about returns"),
        ("The parcel is high and dry", "The parcel is high and dry"),
        ("Where is the tent?\nRhona MacLeod", "Where is the tent?"),
        ("Can we pay later?\nL. Huber, Hotel Alpenhof", "Can we pay later?"),
        ("I bought two things:\nTent Heron", "I bought two things:\nTent Heron"),
        ("Thanks a lot!", "Thanks a lot!"),
        ("Best price for a tent?", "Best price for a tent?"),
        ("", ""),
    ],
)
def test_clean_keeps_what_the_customer_asks(text, kept):
    assert clean(text) == kept


def texts(asked):
    return [one.text for one in asked]


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("I sent it back. When do I get my money?", ["I sent it back. When do I get my money?"]),
        ("Do you ship to Spain? Can I pay by invoice?", ["Do you ship to Spain?", "Can I pay by invoice?"]),
        (
            "How do I return shoes and when do I get a refund?",
            ["How do I return shoes", "when do I get a refund?"],
        ),
        (
            "Can you fix a zip, and how much would that be?",
            ["Can you fix a zip", "how much would that be?"],
        ),
        (
            "do jackets run small, and if it doesnt fit can i swap it for free?",
            ["do jackets run small", "if it doesnt fit can i swap it for free?"],
        ),
        (
            "Can I wash it in the machine, and at how many degrees?",
            ["Can I wash it in the machine, and at how many degrees?"],
        ),
        ("My tent broke. Can you help? It leaks.", ["My tent broke. Can you help? It leaks."]),
        ("Where is the parcel? I paid last week.", ["Where is the parcel? I paid last week."]),
        ("Do you sell tents? Why?", ["Do you sell tents?"]),
        (
            "It should be here since Friday? And nothing came. So what can you do about that?",
            ["It should be here since Friday? And nothing came. So what can you do about that?"],
        ),
        (
            "how long is the warranty. and what does a pole cost",
            ["how long is the warranty.", "and what does a pole cost"],
        ),
        (
            "When do points expire? And please tell me how to stop the newsletter.",
            ["When do points expire?", "And please tell me how to stop the newsletter."],
        ),
        ("Please see the invoice attached. How do I return it?", ["How do I return it?"]),
        ("How do I return it? I have attached a picture. It is new.", ["How do I return it? It is new."]),
        ("Please find the picture attached.", ["Please find the picture attached."]),
        ("The attached pole broke. Can I get it?", ["The attached pole broke. Can I get it?"]),
        ("???", []),
        ("", []),
    ],
)
def test_messages_are_split_into_their_questions(text, questions):
    assert texts(split_questions(text)) == questions


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("I live in Bern. Do you ship there?", "Do you ship there?"),
        ("Do you ship there?", ""),
        ("My tent broke. It leaks.", ""),
    ],
)
def test_core_is_the_question_without_what_surrounds_it(text, core):
    assert Asked(text).core == core


@pytest.mark.parametrize(
    ("text", "so"),
    [
        ("I live in Bern. Do you deliver bread?", True),
        ("The lamp broke. Can I return it?", False),
        ("The lamp broke. Why?", False),
        ("Do you deliver bread?", False),
    ],
)
def test_sentence_that_asks_may_mean_something_by_itself(text, so):
    assert Asked(text).asks_by_itself is so


def test_question_that_leans_on_another_names_it():
    assert split_questions("Do you ship to Spain? Is that free?") == [
        Asked("Do you ship to Spain?"),
        Asked("Is that free?", before="Do you ship to Spain?"),
    ]


def test_number_of_questions_is_bounded():
    assert len(split_questions("Where is the parcel? " * 50)) == MAX_QUESTIONS


@pytest.mark.parametrize(
    "garbage", ["x" * 1_000_000, "? " * 200_000, "(" * 100_000, "and how " * 50_000, "\n" * 500_000]
)
def test_huge_garbage_is_handled_quickly(garbage):
    before = time.process_time()
    split_questions(clean(garbage))
    assert time.process_time() - before < 2


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: AW: Fwd: Order", "Order"),
        ("Re[2]: Order", "Re[2]: Order"),
        ("Return of shoes", "Return of shoes"),
        ("", ""),
    ],
)
def test_subject_prefixes_are_dropped(subject, text):
    assert without_prefix(subject) in {text, "Order"}


@pytest.mark.parametrize(
    ("text", "before", "leans"),
    [
        ("and to the uk?", "how long is delivery to spain", True),
        ("ok and how long does that take?", "when do i get my refund", True),
        ("the blue one", "which jackets are on sale", True),
        ("how do i reset my password", "how long is delivery to spain", False),
        ("and to the uk?", "", False),
    ],
)
def test_message_that_goes_on_from_what_was_asked_before_leans_on_it(text, before, leans):
    (only,) = split_questions(text, before)
    assert only.before == (before if leans else "")


def test_second_half_of_a_sentence_leans_on_the_first():
    first, second = split_questions("What is shipping to the UK and how long does it take?")
    assert (first.before, second.before, second.joined) == ("", first.text, True)


@pytest.mark.parametrize("pump", ["\n", " \n", ". \n"])
def test_line_breaks_take_no_longer_than_they_are_many(pump):
    began = time.process_time()
    clean("a" + pump * (6_000 // len(pump)) + "?")
    assert time.process_time() - began < 1.0
