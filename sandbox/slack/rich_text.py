"""Rich text as a table: its sections, lists and quotes, and what may stand in a line."""

from sandbox.slack.objects import ID, typed
from sandbox.slack.schema import Rule, by_type, flag, many, one_of, shape, string, url, whole

_STYLE = shape(
    dict.fromkeys(
        ("bold?", "italic?", "strike?", "code?", "underline?", "highlight?", "client_highlight?", "unlink?"),
        flag,
    )
)
_INLINE = by_type(
    {
        "text": typed({"text": string(), "style?": _STYLE}),
        "link": typed({"url": string(3000), "text?": string(), "unsafe?": flag, "style?": _STYLE}),
        "emoji": typed({"name": string(), "unicode?": string(), "skin_tone?": whole(1, 6), "style?": _STYLE}),
        "user": typed({"user_id": string(), "style?": _STYLE}),
        "usergroup": typed({"usergroup_id": string(), "style?": _STYLE}),
        "channel": typed({"channel_id": string(), "style?": _STYLE}),
        "team": typed({"team_id": string(), "style?": _STYLE}),
        "broadcast": typed({"range": one_of("here", "channel", "everyone"), "style?": _STYLE}),
        "color": typed({"value": string(), "style?": _STYLE}),
        "date": typed(
            {"timestamp": whole(), "format": string(), "url?": url(), "fallback?": string(), "style?": _STYLE}
        ),
    }
)
_RICH_SECTION = typed({"elements": many(_INLINE, least=0)})
_RICH_BORDERED = typed({"elements": many(_INLINE, least=0), "border?": whole(0, 1)})
_RICH_PARTS = {
    "rich_text_section": _RICH_SECTION,
    "rich_text_quote": _RICH_BORDERED,
    "rich_text_preformatted": typed(
        {"elements": many(_INLINE, least=0), "border?": whole(0, 1), "language?": string()}
    ),
    "rich_text_list": typed(
        {
            "elements": many(by_type({"rich_text_section": _RICH_SECTION})),
            "style": one_of("bullet", "ordered"),
            "indent?": whole(0, 8),
            "offset?": whole(0),
            "border?": whole(0, 1),
        }
    ),
}
RICH_TEXT: Rule = typed({"elements": many(by_type(_RICH_PARTS)), "block_id?": ID})
