"""The App Home: what waits for whom, how things stand, settings for managers, and the way in for a new agent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from slackblocks import Block, Element

from blocks import ids, kit, parts, replies, steering, suggestions, text
from blocks.ids import Target
from bot.answering.secrets import hidden
from bot.core.insights import words
from bot.core.insights.figures import Figure
from bot.core.model import Channel, Rules, Status, Suggestion
from bot.core.ports.desk_work import Queued, QueueView

_STATES = {
    Status.WAITING: ":hourglass_flowing_sand: *Waiting*",
    Status.ESCALATED: ":rotating_light: *Escalated*",
    Status.UNDELIVERED: ":warning: *Not delivered*",
}
_HOW = """\
1.  A card stands in the Slack channel as soon as a customer writes: who, what, a draft, how sure and why.
2.  *Approve & send* sends the draft as you see it, *Edit* lets you change it first, *Reply myself* starts empty.
3.  *Escalate* brings it to the people who decide; *Take* makes it yours, so nothing goes out by itself.
4.  What you type in the thread is a note for your team. Only buttons send."""
_HERE = Target("home", 0)
_FIGURES = 6


@dataclass(frozen=True)
class Home:
    """What one person's Home shows. `links` lead to cards, by conversation; `figures` are of the last 24 hours.

    `suggestions` are the newest answers that could be articles, of so many `suggested`. Where it is not `whole`, it
    says nothing about the desk beyond the queue: that is for people of the main workspace.
    """

    rules: Mapping[Channel, Rules]
    counts: replies.Counts
    queue: QueueView
    links: Mapping[str, str]
    figures: Sequence[Figure]
    now: datetime
    is_manager: bool = False
    has_practised: bool = True
    suggestions: Sequence[Suggestion] = ()
    suggested: int = 0
    whole: bool = True


def home_notice(sentence: str) -> kit.Json:
    """Return an App Home that only says something; `sentence` is raw."""
    return kit.home([kit.section("notice", text.with_actor(sentence))])


def home_view(home: Home) -> kit.Json:
    """Return the App Home of one person."""
    queue = home.queue
    return kit.home(
        [
            *([] if home.has_practised else _welcome()),
            kit.actions("first", _first(home)),
            kit.header("mine", f"Your queue ({queue.mine_size})"),
            *_rows("mine", queue.mine, queue.mine_size, home, "Nothing waits for you."),
            kit.header("team", f"Nobody has these ({queue.free_size})"),
            *_rows("team", queue.free, queue.free_size, home, "Everything has somebody."),
            *_longest(home),
            *(_desk(home) if home.whole else []),
            kit.divider("line-2"),
            kit.section("how", "*How to work a card*\n" + _HOW),
            kit.context("more", "`/cockpit help` lists what you can type."),
        ]
    )


def _welcome() -> list[Block]:
    said = (
        ":wave: *New here?* Work on a practice conversation first: it takes three minutes, its customer is made up, "
        "and nothing can reach anybody."
    )
    return [
        kit.with_button("welcome", said, "Practise", ids.PRACTISE, _HERE.encode()),
        kit.divider("welcome-line"),
    ]


def _first(home: Home) -> list[Element]:
    buttons = [
        kit.button("New conversation", ids.BEGIN, _HERE),
        kit.button("Refresh", ids.HOME_REFRESH, _HERE),
    ]
    return [*buttons, kit.button("Practise again", ids.PRACTISE, _HERE)] if home.has_practised else buttons


def _rows(name: str, queued: Sequence[Queued], size: int, home: Home, nothing: str) -> list[Block]:
    if not queued:
        return [kit.context(f"{name}-none", f"_{nothing}_")]
    rows = [_row(f"{name}-{n}", one, home) for n, one in enumerate(queued, 1)]
    more = size - len(queued)
    return [*rows, *([kit.context(f"{name}-more", f"_and {more} more_")] if more > 0 else [])]


def _row(name: str, one: Queued, home: Home) -> Block:
    said = _line(one, home.now)
    url = home.links.get(one.conversation.id, "")
    return kit.with_link(name, said, "Open", ids.OPEN_CARD, url) if url else kit.section(name, said)


def _line(one: Queued, now: datetime) -> str:
    talk = one.conversation
    subject = parts.bold(text.cut(text.one_line(hidden(talk.subject)) or "(no subject)", 80))
    who = text.escape(text.cut(text.one_line(one.name or talk.address), 60))
    below = text.dotted(
        [_STATES[talk.status], f"for {text.span(now - one.since)}", who, parts.channel_mark(talk.channel)]
    )
    return f"{subject}\n{below}"


def _longest(home: Home) -> list[Block]:
    one = home.queue.longest
    if one is None:
        return []
    subject = text.cut(text.one_line(hidden(one.conversation.subject)) or "(no subject)", 80)
    url = home.links.get(one.conversation.id, "")
    shown = text.link(url, subject) if url else text.escape(subject)
    whose = (
        f"{text.person(one.conversation.assignee)} has it" if one.conversation.assignee else "nobody has it"
    )
    said = f":alarm_clock: *Waits longest:* {shown}, for {text.span(home.now - one.since)}, {whose}"
    return [kit.context("longest", said)]


def _desk(home: Home) -> list[Block]:
    return [
        *suggestions.listed(home.suggestions, home.suggested),
        kit.divider("line"),
        *_today(home),
        kit.section("channels", _channels(home)),
        *_settings(home),
    ]


def _today(home: Home) -> list[Block]:
    shown = [figure for figure in home.figures if figure.estimates and not figure.measure.in_hours][:_FIGURES]
    lines = [f"•  {figure.measure.title}: *{words.estimate(figure)}*" for figure in shown]
    said = "\n".join(lines) or ":sunny: Nothing has come in within the last 24 hours."
    return [kit.section("today", f"*The last 24 hours*\n{said}")]


def _channels(home: Home) -> str:
    lines = [
        text.dotted([parts.channel_mark(c), replies.conduct(r), replies.waiting(home.counts, c)])
        for c, r in home.rules.items()
    ]
    return "*Channels*\n" + "\n".join(lines)


def _settings(home: Home) -> list[Block]:
    if not home.is_manager:
        return []
    return [
        kit.actions(
            "settings",
            [
                kit.button("Threshold …", ids.SET_THRESHOLD, _HERE),
                kit.button("Mode …", ids.SET_MODE, _HERE),
                kit.button("Rollout …", ids.SET_ROLLOUT, _HERE),
                kit.menu(ids.SET_MORE, "More settings …", steering.MORE),
            ],
        )
    ]
