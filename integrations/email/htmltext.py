"""HTML to readable plain text, in time and memory bounded by the length of the input.

Before parsing, every tag that does not shape the text is renamed to an element without a meaning, and tags nested
too deep become line breaks (`nesting.py`).
"""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from integrations.email.nesting import flattened
from integrations.email.newtext.lines import INDENTED_MARK, SIGNATURE_MARK

_LENGTH = 500_000
_DEPTH = 120

# Marks in the text, from the range for private use: a forced line break, the edge of a block, the edge of a
# paragraph, the end of a table cell, and the ends of a quotation, of indented text and of a signature.
_ALL_MARKS = "\ue000\ue001\ue002\ue003\ue004\ue005\ue008\ue009\ue00a\ue00b"
_BREAK, _EDGE, _GAP, _CELL, _QUOTE, _QUOTE_END, _INDENT, _INDENT_END, _SIGNATURE, _SIGNATURE_END = tuple(
    _ALL_MARKS
)
_INSIDE = {_QUOTE: _QUOTE_END, _INDENT: _INDENT_END, _SIGNATURE: _SIGNATURE_END}
_MARKS_APART = re.compile(f"([{_ALL_MARKS}])")

_MARKED = (
    ("td,th", "", _CELL),
    ("br", "", _BREAK),
    (
        "address,article,aside,center,dd,div,dl,dt,figure,footer,form,header,hr,li,main,nav,section,tr",
        _EDGE,
        _EDGE,
    ),
    ("p,h1,h2,h3,h4,h5,h6,ul,ol,table,pre", _GAP, _GAP),
)
# What programs put around a quotation without a blockquote, and around a signature. Those of the iPhone are left out:
# people write into them.
_QUOTATIONS = (
    ".yahoo_quoted, .protonmail_quote, .tutanota_quote, .zmail_extra, #isReplyContent, .freshdesk_quote, "
    "[name=quote], .ntes-mailmaster-quote, .hs_reply, .front-blockquote, .sh-quoted-content, .crisp_quote"
)
_SIGNATURES = (
    ".gmail_signature, .gmail_signature_prefix, .moz-signature, #Signature, #x_Signature, .bloop_sign, #_rc_sig, "
    "#ms-outlook-mobile-signature, #x_ms-outlook-mobile-signature, .protonmail_signature_block, .yahoo-signature, "
    "[data-signature-widget], #composer_signature, .tutanota_signature"
)
_QUOTING_STYLE = re.compile(
    r"border(?:-inline-start|-left)?(?:-width|-style|-color)?:(?!0|none|medium none|initial)"
)
_HIDING_STYLE = re.compile(
    r"display:none|visibility:hidden|mso-hide:all"
    r"|(?:^|;)(?:max-height|font-size|opacity):0(?:px|pt|em|%)?(?:!important)?(?:;|$)"
)
_INVISIBLE = ["head", "script", "style", "title", "template", "noscript", "svg"]
_SHAPING = frozenset(
    "address article aside blockquote body center dd div dl dt figure footer form h1 h2 h3 h4 h5 h6 head header"
    " html li main nav noscript ol p pre script section style svg table tbody td template tfoot th thead title"
    " tr ul".split()
)


def html_to_text(html: str) -> str:
    """Return what a reader of this HTML sees, with quotations marked by "> ".

    Scripts, hidden text and images are not in it. Indented lines and those of a signature bear the marks of
    `newtext.lines`.
    """
    tree = LexborHTMLParser(_tamed(_clean(html[:_LENGTH])))
    tree.strip_tags(_INVISIBLE)
    _hide(tree)
    _mark(tree)
    root = tree.root
    return _lay_out(root.text(deep=True, separator="")) if root is not None else ""


def _clean(html: str) -> str:
    return _MARKS_APART.sub("", html).replace(INDENTED_MARK, "").replace(SIGNATURE_MARK, "")


def _hide(tree: LexborHTMLParser) -> None:
    """Take out what a reader does not see: texts for previews, tracking, white on white by no size."""
    for node in tree.css("[style], [hidden]"):
        if "hidden" in node.attributes or _HIDING_STYLE.search(_style(node)):
            node.decompose()


def _style(node: LexborNode) -> str:
    return re.sub(r"\s+", "", (node.attributes.get("style") or "").lower())


def _is_quotation(node: LexborNode) -> bool:
    """Tell whether a blockquote says that it quotes; others may only be indented."""
    said = node.attributes
    around = node.parent.attributes if node.parent else {}
    classes = f"{said.get('class')} {around.get('class')}".lower()
    return (
        not {"cite", "type"}.isdisjoint(said)
        or "quote" in classes
        or _QUOTING_STYLE.search(_style(node)) is not None
    )


def _tamed(html: str) -> str:
    return flattened(html, _DEPTH, _tame_name)


def _tame_name(name: str) -> str:
    if name == "form":  # There is one at a time, and parsers look for its end in ways of their own.
        return "section"
    return name if name in _SHAPING else "x-inline"


def _mark(tree: LexborHTMLParser) -> None:
    for node in tree.css("pre"):
        for child in list(node.traverse(include_text=True)):
            if child.tag == "-text":
                child.replace_with((child.text(deep=False) or "").replace("\n", _BREAK))
    for selector, before, after in _MARKED:
        for node in tree.css(selector):
            _enclose(node, before, after)
    for node in tree.css("blockquote"):
        mark = _QUOTE if _is_quotation(node) else _INDENT
        _enclose(node, _EDGE + mark, _INSIDE[mark] + _EDGE)
    for selector, mark in ((_QUOTATIONS, _QUOTE), (_SIGNATURES, _SIGNATURE)):
        for node in tree.css(selector):
            if node.tag != "blockquote":
                _enclose(node, _EDGE + mark, _INSIDE[mark] + _EDGE)


def _enclose(node: LexborNode, before: str, after: str) -> None:
    node.insert_before(before)
    node.insert_after(after)


def _lay_out(text: str) -> str:
    """Turn marks into lines: at most one empty line in a row, quotations prefixed."""
    lines = [""]
    depths = dict.fromkeys(_INSIDE, 0)
    for piece in _MARKS_APART.split(" ".join(text.replace(_CELL, " ").split())):
        for start, end in _INSIDE.items():
            depths[start] = max(0, depths[start] + (piece == start) - (piece == end))
        if piece in {_BREAK, _EDGE, _GAP}:
            _new_line(lines, piece)
        elif piece.strip(_ALL_MARKS + " "):
            lines[-1] = _prefix(depths) + piece.strip()
    return "\n".join(lines).strip()


def _prefix(depths: dict[str, int]) -> str:
    if depths[_QUOTE]:
        return ">" * min(depths[_QUOTE], 9) + " "
    return INDENTED_MARK * bool(depths[_INDENT]) + SIGNATURE_MARK * bool(depths[_SIGNATURE])


def _new_line(lines: list[str], mark: str) -> None:
    above = lines[-2] if len(lines) > 1 else ""
    if lines[-1]:
        lines.append("")
        above = lines[-2]
        if mark != _GAP:
            return
    if above and mark != _EDGE:
        lines.append("")
