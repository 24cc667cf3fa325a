"""What `/cockpit` answers: help that teaches, the state of things, and what was changed from what to what."""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from blocks import experiments, parts, text
from bot.core.certificates import Certified, Finding, NotYet, Refused
from bot.core.insights.digest import plan_of
from bot.core.model import Channel, Mode, ModelWork, Rules, Status, Topic
from bot.core.nearest import nearest
from bot.core.places import channel_of, is_place
from bot.core.policy import percent
from bot.core.steering.experiments import is_experiment
from bot.core.steering.knobs import KNOBS, UNREADABLE, takes_nothing
from bot.core.steering.reviews import AGENTS_KEY
from bot.core.topics import SHIPPED

_MOST_LINES = 25

Counts = Mapping[tuple[Channel, Status], int]

HELP = """\
*threadpilot answers customers with you.* Every conversation is one thread: its first message is the card, \
the buttons on it are all you need.

*For everyone*
`/cockpit status`  ·  how each channel answers, what waits, what is connected
`/cockpit threshold`  ·  from how sure an answer goes out by itself
`/cockpit risk`  ·  what share of automatic answers may be wrong, and what is proven
`/cockpit whatif chat 85%`  ·  what another threshold would have done with your own history
`/cockpit undo`  ·  for how long an automatic answer can be stopped before it leaves
`/cockpit rules`  ·  what always goes to a person, and how often answers may leave by themselves
`/cockpit stats 7d chat`  ·  how it goes: automated resolution, times to answer, satisfaction …, each with what it \
rests on (`24h`, `7d`, `30d`, `90d`; a channel, or none for all)
`/cockpit digest`, `digest weekly`  ·  what the digest would say now, and when it comes
`/cockpit dashboard`  ·  charts, definitions, and the cases behind every figure; `dashboard revoke` ends your visits
`/cockpit help`  ·  this page

*For managers*
`/cockpit threshold chat 90%`  ·  set one channel; without a name, all of them (`0.9`, `.9` and `90` mean the same)
`/cockpit risk email 2%`  ·  the lowest threshold that is proven to keep this, from your own verdicts
`/cockpit mode email assist`  ·  how far it goes by itself:
      `auto` sends what is sure enough  ·  `assist` drafts, a person sends
      `shadow` only records what it would do  ·  `off` does nothing
`/cockpit rollout email 10%`  ·  one conversation in ten may be answered by itself; each keeps its lot
`/cockpit undo email 30`  ·  automatic answers leave after 30 seconds, until then anybody can press *Stop*; \
`0` sends at once
`/cockpit rules in-a-row 3`  ·  at most three automatic answers one after the other; `per-hour 20`: to one customer
`/cockpit audit LINK`  ·  everything that is on record about one conversation; paste the link of its card
`/cockpit digest #support-leads mon-fri 9:00 Europe/Berlin`  ·  a digest every working day, of the week with the \
first; alerts come there too; `digest off`
`/cockpit pause chat`  ·  no automatic answers until `/cockpit resume chat`; without a name, everywhere

_Channels are email, chat, sms, phone and zendesk. What you type in a thread stays internal._"""

_SHOWN = (
    (Status.WAITING, "waiting"),
    (Status.ESCALATED, "escalated"),
    (Status.UNDELIVERED, "not delivered or unclear"),
    (Status.WORKING, "in work"),
)


def unknown(typed: str, verbs: Iterable[str] = ()) -> str:
    """Say that there is no such command, and which of the verbs was perhaps meant."""
    if near := nearest(typed.lower(), verbs)[:2]:
        meant = " or ".join(map(code, near))
        return f"I do not know {code(typed)}: did you mean {meant}? Try `/cockpit help`."
    return f"I do not know {code(typed)}. Try `/cockpit help`, for example `/cockpit status`."


def status(
    rules: Mapping[Channel, Rules],
    counts: Counts,
    integrations: Iterable[tuple[str, str]],
    work: Iterable[ModelWork] = (),
    articles: str = "",
    unreadable: Iterable[str] = (),
) -> str:
    """Tell how each channel answers, what waits on it, what is connected, what answers and what it took.

    `unreadable` are the settings whose values are not possible.
    """
    lines = [_channel_line(channel, rule, counts) for channel, rule in rules.items()]
    connected = [f"•  *{text.escape(name)}*: {text.escape(state)}" for name, state in integrations]
    worked = [_work(one) for one in work]
    bad = [f"•  `{text.escape(key)}`: its value is not possible, so it does not count" for key in unreadable]
    return "\n".join(
        [
            "*Channels*",
            *lines,
            *(["", "*Connected*"] if connected else []),
            *connected,
            *(["", "*Articles*", f"•  {text.escape(articles)}"] if articles else []),
            *(["", "*Drafts by a language model, last 24 hours*"] if worked else []),
            *worked,
            *(["", "*Settings to set anew*"] if bad else []),
            *bad,
        ]
    )


def _work(work: ModelWork) -> str:
    """Tell what a model took; what has no price costs nothing that is worth telling."""
    drafts = f"{work.drafts:,} draft{'s'[: work.drafts != 1]}"
    tokens = f"{work.tokens_in:,} tokens read, {work.tokens_out:,} written"
    cost = [f"cost {work.cost:,.2f}"] if work.cost else []
    return text.dotted(
        [f"•  *{text.escape(work.model)}*: {drafts}", tokens, f"{work.seconds:.1f} s each", *cost]
    )


def _channel_line(channel: Channel, rule: Rules, counts: Counts) -> str:
    return text.dotted([f"•  {parts.channel_mark(channel)}", conduct(rule), waiting(counts, channel)])


def conduct(rule: Rules) -> str:
    """Say in words what a channel's rules do."""
    at = percent(rule.auto_above)
    after = f", after {rule.undo} s in which it can be stopped" if rule.undo else ""
    if rule.paused and rule.mode is Mode.AUTO:
        return "*paused*: every answer waits for a person"
    return {
        Mode.AUTO: f"*auto*: sends by itself from {at}{after}",
        Mode.ASSIST: "*assist*: a person sends",
        Mode.SHADOW: f"*shadow*: records what it would send from {at}",
        Mode.OFF: "*off*: nothing is drafted",
    }[rule.mode]


def waiting(counts: Counts, channel: Channel) -> str:
    """Count what is open on a channel."""
    found = [f"{counts[channel, status]} {word}" for status, word in _SHOWN if counts.get((channel, status))]
    return ", ".join(found) or "nothing waits"


def thresholds(rules: Mapping[Channel, Rules], article: str) -> str:
    """Tell the thresholds in force, and how to change one, by the example of an article."""
    lines = [
        f"•  {parts.channel_mark(channel)}: *{percent(rule.auto_above)}*" for channel, rule in rules.items()
    ]
    topics = next(iter(rules.values())).stricter
    stricter = [f"•  answers from some articles only from: {_topics(topics)}"] if topics else []
    hint = (
        "_Managers change one with `/cockpit threshold chat 90%`, and make one topic stricter with "
        f"`/cockpit threshold topic {article} 95%`: an article's name._"
    )
    return "\n".join(["*An answer goes out by itself from*", *lines, *stricter, hint])


def undo(rules: Mapping[Channel, Rules]) -> str:
    """Tell for how long automatic answers can be stopped, and how to change that."""
    lines = [f"•  {parts.channel_mark(channel)}: *{_seconds(rule.undo)}*" for channel, rule in rules.items()]
    hint = "_Managers change it with `/cockpit undo email 30`._"
    return "\n".join(["*An automatic answer can be stopped before it leaves for*", *lines, hint])


def rollouts(rules: Mapping[Channel, Rules]) -> str:
    """Tell which share of conversations may be answered by themselves, and how to change that."""
    lines = [
        f"•  {parts.channel_mark(channel)}: *{percent(rule.rollout)}*" for channel, rule in rules.items()
    ]
    hint = "_Managers change it with `/cockpit rollout email 10%`._"
    return "\n".join(["*May be answered by itself, where the mode is auto*", *lines, hint])


def rules(by_channel: Mapping[Channel, Rules]) -> str:
    """List what always goes to a person, with an example of each, and how often answers may leave by themselves."""
    one = next(iter(by_channel.values()))
    found = [_topic(topic, topic.code in one.off) for topic in one.topics or SHIPPED]
    words = [f"•  *Words that managers added*: {_listed(one.words)}"] if one.words else []
    vips = [f"•  *VIPs*: {len(one.vips)} addresses or companies (`/cockpit vip`)"]
    limits = [
        f"•  {parts.channel_mark(channel)}: {rule.in_a_row} in a row, {rule.per_hour} an hour to one customer; "
        f"a person from message {rule.exchanges + 1} on"
        for channel, rule in by_channel.items()
    ]
    hint = (
        "_Managers add a word with `/cockpit rules add charge*back`, switch a rule with `/cockpit rules off legal`, "
        "and change a limit with `/cockpit rules chat in-a-row 3`, `per-hour 20` or `exchanges 5`. The rules stand "
        "in a file, each with its tests: name yours in ESCALATION_RULES._"
    )
    head = "*Always escalated, whatever the confidence*"
    return "\n".join([head, *found, *words, *vips, "", "*At most by itself*", *limits, hint])


def _topic(topic: Topic, off: bool) -> str:
    example = f": “{text.escape(text.cut(topic.hits[0], 100))}”" if topic.hits else ""
    tests = len(topic.hits) + len(topic.misses)
    label = f"*{text.escape(text.cut(topic.label, 80))}* (`{text.escape(topic.code)}`)"
    return text.dotted([f"•  {'~' + label + '~ *off*' if off else label}{example}", f"{tests} tests"])


def _seconds(number: int) -> str:
    return f"{number} s"


def modes(rules: Mapping[Channel, Rules]) -> str:
    """Tell the modes in force, and how to change one."""
    lines = [f"•  {parts.channel_mark(channel)}: {conduct(rule)}" for channel, rule in rules.items()]
    return "\n".join(
        ["*How each channel answers*", *lines, "_Managers change one with `/cockpit mode chat auto`._"]
    )


class RiskLine(Protocol):
    """A channel's promise and what was found for it."""

    @property
    def channel(self) -> Channel: ...
    @property
    def wanted(self) -> float | None: ...
    @property
    def finding(self) -> Finding | None: ...


class ReplayLine(Protocol):
    """What a threshold would have done with a channel's history."""

    @property
    def channel(self) -> Channel: ...
    @property
    def threshold(self) -> float: ...
    @property
    def decided(self) -> int: ...
    @property
    def sent(self) -> float: ...
    @property
    def n(self) -> int: ...
    @property
    def wrong(self) -> int: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def held(self) -> int: ...


def risks(lines: Iterable[RiskLine]) -> str:
    """Tell of each channel what was promised, and what is proven."""
    told = [f"•  {parts.channel_mark(line.channel)}: {_promise(line)}" for line in lines]
    hint = "_Managers promise one with `/cockpit risk email 2%`; `/cockpit threshold` takes it back._"
    return "\n".join(["*Wrong automatic answers*", *told, hint])


def _promise(line: RiskLine) -> str:
    if line.wanted is None or line.finding is None:
        return "nothing promised"
    return f"at most {percent(line.wanted)}: {_found(line.finding)}"


def _found(finding: Finding) -> str:
    match finding:
        case Certified(threshold, n, wrong, bound):
            return (
                f"*certified*, sends by itself from *{percent(threshold)}* "
                f"({wrong} of {n} reviewed were wrong; at most {_upwards(bound)}, with 90 % confidence)"
            )
        case NotYet(needed):
            answers = f"answer{'s'[: needed != 1]}"
            return f"*not yet*: {needed} more reviewed {answers} needed; until then a person sends"
        case Refused(n, wrong, bound):
            return (
                f"*cannot be certified*: {wrong} of the {n} surest were wrong (up to {_upwards(bound)}); "
                "a person sends. Promise less, or look at what was wrong"
            )


def _upwards(share: float) -> str:
    """Write a bound so that it never reads lower than it is."""
    return f"{math.ceil(share * 1000 - 1e-9) / 10:g} %"


def replay(line: ReplayLine) -> str:
    """Tell what a threshold would have done."""
    head = f"*From {percent(line.threshold)} on, {parts.channel_mark(line.channel)}*"
    if not line.decided:
        return f"{head} has no drafts on record yet. Come back when some were answered.{_held(line)}"
    sends = f"{head} would have sent {percent(line.sent)} of its last {line.decided} drafts by itself"
    if not line.n:
        return (
            f"{sends}. Nobody has judged any of these yet, so nothing is known about mistakes.{_held(line)}"
        )
    share = (
        f"{100 * line.wrong / line.n:.2g} % of them wrong ({line.wrong} of n = {line.n} that people judged)"
    )
    between = f"the true share is between {percent(line.low)} and {_upwards(line.high)} (90 % confidence)"
    return f"{sends}, {share}: {between}.{_held(line)}"


def _held(line: ReplayLine) -> str:
    """Say which drafts are left out."""
    if not line.held:
        return ""
    drafts = f"{line.held} other draft{'s'[: line.held != 1]}"
    return f" Not counted: {drafts} that people get at any threshold, for the topic or a doubt."


class ChangeLine(Protocol):
    """A setting before and after; `channel` is None for what counts everywhere."""

    @property
    def key(self) -> str: ...
    @property
    def channel(self) -> Channel | None: ...
    @property
    def old(self) -> Any: ...
    @property
    def new(self) -> Any: ...


def changed(actor: str, changes: Sequence[ChangeLine]) -> str:
    """Tell who changed which setting from what to what, and how to take it back."""
    lines = [f"{text.person(actor)} changed:", *(change(one) for one in changes)]
    real = any(one.old != one.new for one in changes)
    return "\n".join([*lines, "_To take it back: `/cockpit revert last`._"] if real else lines)


def announced(actor: str, changes: Sequence[ChangeLine]) -> str:
    """Tell a whole Slack channel who changed what."""
    lines = [change(one) for one in changes[:_MOST_LINES]]
    more = len(changes) - len(lines)
    return "\n".join(
        [f"{text.person(actor)} changed:", *lines, *([f"_and {more} more_"] if more > 0 else [])]
    )


def change(one: ChangeLine) -> str:
    """Tell one setting's value before and after."""
    channel, (name, write) = one.channel, _SETTINGS.get(one.key, (text.escape(one.key), _as_json))
    if is_experiment(one.key):
        channel = Channel(one.key.rpartition(".")[2])
        name, write = "experiment", partial(experiments.brief, channel)
    if is_place(one.key):
        channel, name, write = channel_of(one.key), "cards go to", _place
    same = " (as it was)" if one.old == one.new else ""
    where = parts.channel_mark(channel) if channel else "everywhere"
    old, new = (_value(one.key, value, write) for value in (one.old, one.new))
    return f"•  {where}: {name} {old} → *{new}*{same}"


def _value(key: str, value: Any, write: Callable[[Any], str]) -> str:
    if value is None and key in KNOBS and not takes_nothing(key):
        return "default"
    try:
        return write(value)
    except UNREADABLE:  # History keeps what is not possible, too.
        return _as_json(value)


def _as_json(value: Any) -> str:
    if value is None:
        return "nothing"
    return text.escape(text.cut(json.dumps(value, ensure_ascii=False, sort_keys=True), 300))


def code(typed: str) -> str:
    """Quote what somebody typed, as code; raw, like every text of an error."""
    return f"`{text.cut(text.one_line(typed).replace('`', ''), 60) or ' '}`"


def _place(slack_channel: str | None) -> str:
    return f"<#{text.escape(slack_channel)}>" if slack_channel else "where the settings say"


def _bound(share: float | None) -> str:
    return "no bound" if share is None else percent(share)


def _listed(words: Sequence[str] | None) -> str:
    return text.escape(text.cut(", ".join(words or ()), 300)) or "none"


def _topics(thresholds: Mapping[str, float] | None) -> str:
    told = ", ".join(f"{name} {percent(value)}" for name, value in (thresholds or {}).items())
    return text.escape(text.cut(told, 300)) or "none"


def _digest(value: Mapping[str, Any] | None) -> str:
    plan = plan_of(value)
    if plan is None:
        return "none"
    return (
        f"in <#{plan.slack_channel}> at {plan.minute // 60}:{plan.minute % 60:02} ({text.escape(plan.zone)})"
    )


_SETTINGS: Mapping[str, tuple[str, Any]] = {
    "auto_above": ("sends by itself from", percent),
    "mode": ("mode", str),
    "risk": (
        "wrong automatic answers promised",
        lambda share: "nothing" if share is None else f"at most {percent(share)}",
    ),
    "rollout": ("conversations that may be answered by themselves", percent),
    "escalate_below": ("goes to the people who decide below", percent),
    "audit_share": ("automatic answers shown for a check", percent),
    "exchanges": ("messages until a person answers", str),
    "wrong": ("back to people when checked answers are wrong above", _bound),
    "reopened": ("back to people when customers come back above", _bound),
    "satisfied": ("back to people when satisfied customers fall below", _bound),
    "digest": ("digests", _digest),
    AGENTS_KEY: ("agents' own answers that are reviewed", lambda share: percent(share or 0.0)),
    "rules.words": ("words that go to people", _listed),
    "rules.off": ("rules that are off", _listed),
    "threshold.topics": ("thresholds of single topics", _topics),
    "undo": ("time to stop an automatic answer", _seconds),
    "in_a_row": ("automatic answers in a row", str),
    "per_hour": ("automatic answers an hour to one customer", str),
    "paused": ("automatic answers", lambda paused: "paused" if paused else "running"),
}
