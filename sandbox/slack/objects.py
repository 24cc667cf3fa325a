"""The small objects of Block Kit that blocks and elements are made of: texts, options, confirmations."""

from sandbox.slack.schema import Fields, Rule, anything, by_type, flag, many, one_of, shape, string, url

ID = string(255)


def plain(most: int = 3000, *, least: int = 1) -> Rule:
    return by_type(
        {"plain_text": shape({"type": anything, "text": string(most, least=least), "emoji?": flag})}
    )


def text(most: int = 3000) -> Rule:
    """Make a rule for a text object, plain or mrkdwn."""
    mrkdwn = shape({"type": anything, "text": string(most), "verbatim?": flag})
    return by_type({"plain_text": plain(most), "mrkdwn": mrkdwn})


def typed(fields: Fields, *also: Rule) -> Rule:
    return shape({"type": anything, **fields}, *also)


CONFIRM = shape(
    {
        "title": plain(100),
        "text": text(300),
        "confirm": plain(30),
        "deny": plain(30),
        "style?": one_of("primary", "danger"),
    }
)
OPTION = shape({"text": plain(75), "value": string(150), "description?": plain(75)})
RICH_OPTION = shape({"text": text(75), "value": string(150), "description?": text(75)})
LINK_OPTION = shape({"text": plain(75), "value": string(150), "description?": plain(75), "url?": url()})
OPTION_GROUP = shape({"label": plain(75), "options": many(OPTION, 100)})
