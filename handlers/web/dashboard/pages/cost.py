"""Cost: what language models took, in all, for a draft, and for a conversation that was automated."""

from bot.services.insights import Work
from handlers.web.dashboard.places import Places
from handlers.web.dashboard.tables import Cell, Page, Row, Section, Table


def cost(work: Work, places: Places) -> Page:
    """Show what language models took, in all, for a draft, and for a conversation that was automated."""
    rows: list[Row] = [
        [
            one.model,
            f"{one.drafts}",
            f"{one.tokens_in}",
            f"{one.tokens_out}",
            f"{one.seconds:.1f} s",
            f"{one.p95:.1f} s",
            f"{one.cost:.4f}",
        ]
        for one in work.models
    ]
    columns = ["Model", "Drafts", "Tokens read", "Tokens written", "Mean time", "p95", "Cost"]
    drafts = sum(one.drafts for one in work.models)
    each: list[Row] = [
        ["A draft", *_per(work, drafts), str(drafts)],
        [
            "An automated resolution",
            *_per(work, work.automated),
            Cell(str(work.automated), href=places.cases("is:automated")),
        ],
    ]
    note = "On all channels, whatever is chosen above. The cost is in the currency of OPENAI_PRICES, 0 without it."
    if not work.models:
        note = "No language model wrote a draft in this period."
    return Page(
        "Cost",
        [
            Section("models", "What language models took", Table(columns, rows), note),
            Section("each", "For each", Table(["For", "Tokens", "Cost", "n"], each)),
        ],
    )


def _per(work: Work, number: int) -> list[str]:
    tokens = sum(one.tokens_in + one.tokens_out for one in work.models)
    spent = sum(one.cost for one in work.models)
    return [f"{tokens / number:.0f}", f"{spent / number:.4f}"] if number and work.models else ["–", "–"]
