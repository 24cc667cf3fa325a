"""What `promtool check rules` finds, and what it cannot: names, labels and values against what an app exposes."""

import re
from collections.abc import Iterator, Mapping, Set
from typing import Any

import promql_parser as promql

Exposed = Mapping[str, Mapping[str, Set[str]]]

ADDED = frozenset({"instance", "job"})  # By Prometheus, to everything it collects.
_DURATION = re.compile(r"(\d+(ms|[smhdwy]))+")
_KEYS = {"alert", "expr", "for", "keep_firing_for", "labels", "annotations"}
_OVER_TIME = {"rate", "increase", "irate"}
_TEMPLATE = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_VARIABLE = re.compile(r"\$labels\.(\w+)|\$value(?: \| \w+)?")


def expression_problems(text: str, exposed: Exposed) -> list[str]:
    """Return all that is wrong with an expression: it must parse, fit its types, and ask for what there is."""
    try:
        parsed = promql.parse(text)
    except ValueError as error:
        return [f"does not parse: {error}"]
    return list(_walk(parsed, exposed, over_time=False))


def labels_of(text: str, exposed: Exposed) -> Set[str]:
    """Return the labels that the result of an expression may have."""
    return _labels(promql.parse(text), exposed)


def rule_problems(rule: Mapping[str, Any], exposed: Exposed) -> list[str]:
    """Return all that is wrong with an alert rule."""
    found = [f"unknown key {key}" for key in rule.keys() - _KEYS]
    found += [
        f"{key} is no duration" for key in ("for", "keep_firing_for") if not _is_duration(rule.get(key, "1m"))
    ]
    if not re.fullmatch(r"[A-Za-z_]\w*", str(rule.get("alert", ""))):
        found.append("it has no name")
    wrong = expression_problems(rule["expr"], exposed)
    if wrong:
        return found + wrong
    known = labels_of(rule["expr"], exposed)
    for text in (*rule.get("labels", {}).values(), *rule.get("annotations", {}).values()):
        for inside in _TEMPLATE.findall(text):
            used = _VARIABLE.fullmatch(inside)
            if not used:
                found.append(f"template {inside} is not understood")
            elif used[1] and used[1] not in known:
                found.append(f"template names {used[1]}, which the result does not have")
        if "$labels" in _TEMPLATE.sub("", text):
            found.append("a variable stands outside of a template")
    return found


def _is_duration(value: object) -> bool:
    return bool(_DURATION.fullmatch(str(value)))


def _walk(node: Any, exposed: Exposed, *, over_time: bool) -> Iterator[str]:
    match node:
        case promql.VectorSelector():
            yield from _selector(node, exposed, over_time=over_time)
        case promql.MatrixSelector():
            yield from _selector(node.vector_selector, exposed, over_time=over_time)
        case promql.Call():
            for argument in node.args:
                yield from _walk(argument, exposed, over_time=node.func.name in _OVER_TIME)
        case promql.AggregateExpr():
            yield from _walk(node.expr, exposed, over_time=over_time)
            grouped = set(node.modifier.labels) if node.modifier else set()
            missing = grouped - _labels(node.expr, exposed)
            yield from (f"groups by {label}, which is not there" for label in sorted(missing))
        case promql.BinaryExpr():
            yield from _walk(node.lhs, exposed, over_time=over_time)
            yield from _walk(node.rhs, exposed, over_time=over_time)
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            yield from _walk(node.expr, exposed, over_time=over_time)


def _selector(node: Any, exposed: Exposed, *, over_time: bool) -> Iterator[str]:
    if node.name not in exposed:
        yield f"metric {node.name} is not exposed"
        return
    counted = node.name.endswith(("_total", "_bucket", "_count", "_sum"))
    if counted and not over_time:
        yield f"counter {node.name} is compared as it is: use rate() or increase()"
    if over_time and not counted:
        yield f"gauge {node.name} is no counter"
    labels = exposed[node.name]
    for matcher in node.matchers.matchers:
        if matcher.name not in labels:
            yield f"{node.name} has no label {matcher.name}"
            continue
        is_pattern = "Re" in str(matcher.op)
        wanted = matcher.value.split("|") if is_pattern else [matcher.value]
        yield from (
            f"{node.name} has no {matcher.name} {one}" for one in wanted if one not in labels[matcher.name]
        )


def _labels(node: Any, exposed: Exposed) -> Set[str]:
    match node:
        case promql.VectorSelector():
            return set(exposed.get(node.name, {})) | ADDED
        case promql.MatrixSelector():
            return _labels(node.vector_selector, exposed)
        case promql.AggregateExpr():
            return set(node.modifier.labels) if node.modifier else set()
        case promql.Call():
            found = set().union(*(_labels(one, exposed) for one in node.args))
            return found - {"le"} if node.func.name == "histogram_quantile" else found
        case promql.BinaryExpr():
            return set(_labels(node.lhs, exposed)) | set(_labels(node.rhs, exposed))
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            return _labels(node.expr, exposed)
    return set()
