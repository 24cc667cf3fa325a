"""A library whose articles have many known questions, made from a few words each."""

from bot.answering.knowledge import Article

_ASKED = {
    "delivery": "bread delivery, rolls brought home, baker's van, order to my door, morning delivery",
    "refund": "refund, money back, return the cake, get my money again, paid for a spoilt loaf",
    "allergens": "gluten, nuts in the cake, allergy, flours without gluten, milk in rye bread",
    "opening": "opening hours, open on sunday, close in the evening, shop hours at christmas, early opening",
}
_FORMS = (
    "tell me about {}", "i have a question on {}", "{} please", "what about {}", "can you help me with {}",
    "how does it work with {}", "is it possible: {}", "my mother asks about {}", "{} tomorrow?",
    "hello, {} would be nice to know", "need info {}", "what are the rules for {}", "{}",
)  # fmt: skip
FOREIGN = tuple(
    f"{start} {end}"
    for start in (
        "who won",
        "what is the capital of",
        "how do i repair",
        "sing me",
        "translate",
        "how tall is",
    )
    for end in ("the football match", "france", "my bicycle", "a song of the sea", "a poem", "mount everest")
) + tuple(f"what is {one} times {one + 3}" for one in range(20))


def _questions(words: str) -> tuple[str, ...]:
    return tuple(form.format(word) for form in _FORMS for word in words.split(", "))


MANY = tuple(
    Article(slug, slug.capitalize(), (f"All about {words}.",), questions=_questions(words), sections=("",))
    for slug, words in _ASKED.items()
)
TEXTS = [(question, row) for row, article in enumerate(MANY) for question in article.questions]
