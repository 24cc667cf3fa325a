"""HTML to readable plain text, in time and memory bounded by the length of the input.

An HTML parser is quadratic in the nesting depth, it copies open formatting elements into every following
paragraph, which a hostile mail turns into gigabytes, and it has special rules for selections and the like. Before
parsing, every tag that does not shape the text is therefore renamed to an element without a meaning, and tags
nested too deep become line breaks.
"""

import re

from selectolax.lexbor import LexborHTMLParser

_LENGTH = 500_000
_DEPTH = 120

# Marks in the text, from the range for private use: a forced line break, the edge of a block, the edge of a
# paragraph, a quotation's ends, the end of a table cell.
_ALL_MARKS = "\ue000\ue001\ue002\ue003\ue004\ue005"
_BREAK, _EDGE, _GAP, _OPEN_QUOTE, _CLOSE_QUOTE, _CELL = tuple(_ALL_MARKS)
_MARKS_APART = re.compile(f"([{_ALL_MARKS}])")

# Elements without an end tag, and those that the parser closes by itself: they do not nest.
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_CLOSED_BY_PARSER = frozenset("p li dd dt td th tr".split())
_MARKED = (
    ("blockquote", _EDGE + _OPEN_QUOTE, _CLOSE_QUOTE + _EDGE),
    ("td,th", "", _CELL),
    ("br", "", _BREAK),
    (
        "address,article,aside,center,dd,div,dl,dt,figure,footer,form,header,hr,li,main,nav,section,tr",
        _EDGE,
        _EDGE,
    ),
    ("p,h1,h2,h3,h4,h5,h6,ul,ol,table,pre", _GAP, _GAP),
)
_INVISIBLE = ["head", "script", "style", "title", "template", "noscript", "svg"]
_SHAPING = frozenset(
    "address article aside blockquote body center dd div dl dt figure footer form h1 h2 h3 h4 h5 h6 head header"
    " html li main nav noscript ol p pre script section style svg table tbody td template tfoot th thead title"
    " tr ul".split()
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})(?![a-zA-Z0-9:-])")


def html_to_text(html: str) -> str:
    """Return what a reader of this HTML sees, with quotations marked by "> "."""
    tree = LexborHTMLParser(_tamed(_MARKS_APART.sub("", html[:_LENGTH])))
    tree.strip_tags(_INVISIBLE)
    _mark(tree)
    root = tree.root
    return _lay_out(root.text(deep=True, separator="")) if root is not None else ""


def _tamed(html: str) -> str:
    depth = 0

    def rename(tag: re.Match[str]) -> str:
        nonlocal depth
        closing, name = tag[1], tag[2].lower()
        if name in _VOID or name in _CLOSED_BY_PARSER:
            return tag[0]
        too_deep = depth > _DEPTH
        depth = max(0, depth - 1) if closing else depth + 1
        if too_deep:
            return "<br"
        return tag[0] if name in _SHAPING else f"<{closing}x-inline"

    return _TAG.sub(rename, html)


def _mark(tree: LexborHTMLParser) -> None:
    for node in tree.css("pre"):
        for child in list(node.traverse(include_text=True)):
            if child.tag == "-text":
                child.replace_with((child.text(deep=False) or "").replace("\n", _BREAK))
    for selector, before, after in _MARKED:
        for node in tree.css(selector):
            node.insert_before(before)
            node.insert_after(after)


def _lay_out(text: str) -> str:
    """Turn marks into lines: at most one empty line in a row, quotations prefixed."""
    lines = [""]
    depth = 0
    for piece in _MARKS_APART.split(" ".join(text.replace(_CELL, " ").split())):
        if piece in {_OPEN_QUOTE, _CLOSE_QUOTE}:
            depth = max(0, depth + (1 if piece == _OPEN_QUOTE else -1))
        if piece in {_BREAK, _EDGE, _GAP}:
            _new_line(lines, piece)
        elif piece.strip(_ALL_MARKS + " "):
            lines[-1] = f"{'>' * min(depth, 9)} {piece.strip()}".strip()
    return "\n".join(lines).strip()


def _new_line(lines: list[str], mark: str) -> None:
    above = lines[-2] if len(lines) > 1 else ""
    if lines[-1]:
        lines.append("")
        above = lines[-2]
        if mark != _GAP:
            return
    if above and mark != _EDGE:
        lines.append("")
