"""AI quality: what became of drafts, how honest the confidence was, and why the policy did what it did."""

from collections.abc import Sequence

from bot.core.insights.marks import Mark
from bot.core.insights.statistics import share
from bot.core.ports.insights import Reasoned, SureTurns
from handlers.web.dashboard import charts
from handlers.web.dashboard.html import Markup
from handlers.web.dashboard.pages.parts import BIN, FEW, bin_of, legend, percent
from handlers.web.dashboard.places import Places
from handlers.web.dashboard.tables import Cell, Page, Row, Section, Table


def quality(sure: Sequence[SureTurns], reasons: Sequence[Reasoned], places: Places) -> Page:
    """Show what became of drafts, how honest the confidence was, and why the policy did what it did."""
    sections = [_funnel(sure, places), _histogram(sure), _reliability(sure), _whatif(sure)]
    return Page("AI quality", [*sections, why(reasons, places)])


def _funnel(sure: Sequence[SureTurns], places: Places) -> Section:
    total = sum(one.turns for one in sure)
    fates = (
        ("alone", "Sent by itself"),
        ("approved", "Sent by a person as it was"),
        ("edited", "Sent by a person with changes"),
        ("own", "A person wrote another answer"),
    )
    counted = [(key, name, sum(getattr(one, key) for one in sure)) for key, name in fates]
    rows: list[Row] = [["Turns with a draft", str(total), ""]]
    rows += [
        [name, Cell(str(n), href=places.cases(Mark("sent", key))), percent(n, total)]
        for key, name, n in counted
    ]
    left = total - sum(n for _, _, n in counted)
    rows.append(["No answer to this turn (yet)", str(left), percent(left, total)])
    return Section("fates", "What became of the drafts", Table(["Drafts", "Turns", "Share"], rows))


def _histogram(sure: Sequence[SureTurns]) -> Section:
    names = ["by itself", "as it was", "with changes", "another answer", "none"]
    rows: list[Row] = []
    drawn = []
    for one in _every_bin(sure):
        parts = [one.alone, one.approved, one.edited, one.own]
        parts.append(one.turns - sum(parts))
        rows.append([bin_of(one), str(one.turns), *map(str, parts)])
        drawn.append(charts.Column(f"{one.confidence // 10} %", parts, f"{bin_of(one)}: {one.turns}"))
    table = Table(["Confidence", "Turns", *names], rows)
    picture = Markup(legend(names) + charts.stacked(drawn))
    return Section("confidence", "How sure the drafts were, and what was sent", table, picture=picture)


def _every_bin(sure: Sequence[SureTurns]) -> list[SureTurns]:
    """Return a bin for each step from unsure to sure, so that what is drawn stands where it belongs."""
    known = {one.confidence: one for one in sure}
    places = sorted({*range(0, 1000, BIN), *known}) if known else []
    return [known.get(place) or SureTurns(place, 0, 0, 0, 0, 0, 0, 0) for place in places]


def _reliability(sure: Sequence[SureTurns]) -> Section:
    rows: list[Row] = []
    points = []
    for one in sure:
        judged = one.good + one.wrong
        right = share(one.good, judged)
        if right is None:
            continue
        few = judged < FEW
        interval = f"{right.low * 100:.0f} to {right.high * 100:.0f} %"
        rows.append([bin_of(one), Cell(f"{right.value * 100:.0f} %", dim=few), interval, str(judged)])
        title = f"{bin_of(one)}: {right.value * 100:.0f} % right, n = {judged}"
        points.append(
            charts.Point((one.confidence + 25) / 1000, right.value, right.low, right.high, title, few)
        )
    note = (
        "Agents' verdicts on answers that went out by themselves. On the line, what was so sure was right as often. "
        f"Grey rests on fewer than {FEW}." + _calibration_error(sure) + _brier(sure)
    )
    table = Table(["Confidence", "Right", "95 % interval", "Judged"], rows)
    return Section("reliability", "Was it as right as it was sure?", table, note, charts.calibration(points))


def _whatif(sure: Sequence[SureTurns]) -> Section:
    """Tell how many drafts each threshold has above it, and how many of these were wrong."""
    total = sum(one.turns for one in sure)
    rows: list[Row] = []
    for n, one in enumerate(sure):
        above = sure[n:]
        judged, wrong = sum(a.good + a.wrong for a in above), sum(a.wrong for a in above)
        bad = share(wrong, judged)
        interval = f"{bad.low * 100:.1f} to {bad.high * 100:.1f} %" if bad else ""
        sent = percent(sum(a.turns for a in above), total)
        rows.append(
            [
                f"{one.confidence / 1000:.2f}",
                sent,
                Cell(percent(wrong, judged), dim=judged < FEW),
                interval,
                str(judged),
            ]
        )
    note = (
        "All drafts, by the confidence that was shown, and agents' verdicts. Some people get at any threshold, for "
        "the topic or a doubt: `/cockpit whatif` tells what a threshold sends without these, and how many they are."
    )
    columns = ["Threshold", "Drafts at or above it", "Judged wrong", "95 % interval", "n"]
    return Section("whatif", "What lies above another threshold", Table(columns, rows), note)


def _calibration_error(sure: Sequence[SureTurns]) -> str:
    """Write how far confidence and truth are apart: the mean over the bins, each as heavy as it was judged often."""
    judged = sum(one.good + one.wrong for one in sure)
    if not judged:
        return ""
    middle = [(one, (one.confidence + 25) / 1000) for one in sure]
    apart = sum(abs(one.good - at * (one.good + one.wrong)) for one, at in middle) / judged
    return f" Expected calibration error: {apart:.3f} (n = {judged:,}; 0 is honest)."


def _brier(sure: Sequence[SureTurns]) -> str:
    """Write the mean of the squares by which confidence missed what turned out, 1 for right and 0 for wrong."""
    judged, wrong = sum(one.good + one.wrong for one in sure), sum(one.wrong for one in sure)
    if not judged:
        return ""
    score, base = sum(one.squares for one in sure) / judged / 1e6, wrong * (judged - wrong) / judged**2
    return (
        f" Brier score: {score:.3f} (n = {judged:,}; the mean square of how far each confidence was from what turned "
        f"out; 0 is best, and who always says how many are right gets {base:.3f})."
    )


def why(reasons: Sequence[Reasoned], places: Places) -> Section:
    rows: list[Row] = [
        [
            one.action,
            Cell(one.reason, href=places.cases(Mark("reason", one.reason)) if one.reason else ""),
            str(one.turns),
        ]
        for one in reasons
    ]
    note = "The strongest reason of each decision by the policy."
    return Section("reasons", "Why it was decided so", Table(["Decision", "Reason", "Turns"], rows), note)
