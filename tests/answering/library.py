"""A small knowledge base of a bakery, so that tests do not depend on the demo company."""

from datetime import date

from bot.answering.knowledge import Article, Library

ARTICLES = (
    Article(
        "bread-delivery",
        "Delivery of bread",
        (
            "We deliver bread every morning before 7:30 within the city.",
            "Delivery costs €2.50 and is free from €20.",
            "It is left at the door unless you tell us otherwise.",
        ),
        url="https://help.bakery.example/delivery",
        tags=("delivery", "morning"),
        review_by=date(2027, 5, 31),
        questions=(
            "when do you deliver the bread",
            "what does delivery cost",
            "do you bring rolls on Sundays",
        ),
        sections=("", "Costs", "Costs"),
    ),
    Article(
        "cake-order",
        "Order a cake",
        (
            "Cakes are ordered three days ahead by phone or in the shop.",
            "A deposit of €10 is paid with the order.",
        ),
        url="https://help.bakery.example/cakes",
        tags=("cake", "birthday"),
        questions=("how do i order a birthday cake", "how long before must I order a wedding cake"),
        sections=("", "Deposit"),
    ),
    Article(
        "allergens",
        "Allergens and ingredients",
        (
            "Our rye bread contains gluten and no milk.",
            "All cakes contain eggs, milk and wheat.",
            "Nuts are used in the same room.",
        ),
        url="https://help.bakery.example/allergens",
        tags=("allergy", "nuts"),
        review_by=date(2026, 1, 31),
        questions=(
            "is there gluten in the rye bread",
            "do your cakes contain nuts",
            "which bread has no milk",
        ),
        sections=("", "", ""),
    ),
    Article(
        "refund",
        "Refunds",
        ("Money comes back to your card within 5 working days.", "Please send us a photo of stale bread."),
        tags=("refund",),
        questions=("where is my refund", "the bread was stale, do i get my money back"),
        sections=("", ""),
    ),
)
LIBRARY = Library(ARTICLES)
