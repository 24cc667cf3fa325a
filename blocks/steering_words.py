"""What `/cockpit` answers about finer settings, their history and the safety net."""

from collections.abc import Mapping, Sequence
from typing import Any

from blocks import parts, replies, text
from bot.answering.secrets import hidden
from bot.core.model import Channel, Rules
from bot.core.policy import percent
from bot.core.ports.insights import Listed
from bot.core.ports.storage import SettingRow
from bot.core.steering.knobs import split

_HELP = """\
*Finer settings*
`/cockpit floor chat 60%`  ·  below this confidence a draft goes to the people who decide
`/cockpit threshold topic {article} 95%`  ·  a stricter one for answers from one article, or `off`
`/cockpit rules add charge*back`  ·  messages with these words always go to people; `remove` takes it back
`/cockpit rules off legal`  ·  switch one of the shipped rules off or `on`
`/cockpit rules exchanges 5`  ·  from the sixth message of a customer on a person answers
`/cockpit check email 20%`  ·  what share of automatic answers people are shown for a check

*Safety net*
`/cockpit bounds`  ·  when a channel goes back to people by itself: `wrong 10%`, `reopened 25%`, `csat 50%`
`/cockpit history`  ·  who changed what, from what to what; each change has a number
`/cockpit revert last`, `revert #42`  ·  take a change back, and all that came with it; `last` again goes further back
`/cockpit export`, `import`  ·  all settings as a file (import: up to 9,000 characters); it shows first what changes
What lets much more go out by itself is asked about first; with `yes` at the end it is done at once.

*Experiments*
`/cockpit experiment start email threshold 85% share 50%`  ·  half of the conversations live under another \
threshold; `prompt Answer in two sentences` and `answerer embedded` compare these
`/cockpit experiment`  ·  what is known so far  ·  `/cockpit experiment stop email keep b` (or `a`)

*Quality review*
`/cockpit review`  ·  the next answer to look at once more, with a scorecard; how sure we were is not shown
`/cockpit review stats`  ·  what scorecards add up to, and how far two reviewers agree
`/cockpit review notes`  ·  what was noted on your answers
`/cockpit review agents 5%`  ·  agents' own answers are reviewed too, so many of them

*Where cards go*
`/cockpit cards`  ·  the Slack channels of this workspace  ·  `/cockpit cards email here`, `cards here`, `cards usual`

*Looking*
`/cockpit find ada@acme.example`  ·  conversations with somebody, or about a word"""


def help_with(article: str) -> str:
    """Return the help; its example is an article that there is."""
    return _HELP.replace("{article}", article)


def floors(rules: Mapping[Channel, Rules]) -> str:
    """Tell below which confidence drafts go to the people who decide."""
    lines = [f"•  {parts.channel_mark(c)}: *{percent(rule.escalation_floor)}*" for c, rule in rules.items()]
    hint = "_Managers change it with `/cockpit floor chat 60%`; it is never above the threshold._"
    return "\n".join(["*Drafts go to the people who decide below*", *lines, hint])


def checks(rules: Mapping[Channel, Rules]) -> str:
    """Tell which share of automatic answers people are shown."""
    lines = [f"•  {parts.channel_mark(c)}: *{percent(rule.audit_share)}*" for c, rule in rules.items()]
    hint = "_Picked at random. Managers change it with `/cockpit check email 20%`._"
    return "\n".join(["*Automatic answers that are shown for a check*", *lines, hint])


def bounds(rules: Mapping[Channel, Rules]) -> str:
    """Tell when channels go back to people by themselves."""
    lines = [f"•  {parts.channel_mark(channel)}: {_bounds(rule)}" for channel, rule in rules.items()]
    hint = (
        "_Only when it is proven (95 %) that the bound is broken, once, and Slack says so. Managers change one with "
        "`/cockpit bounds email wrong 10%`._"
    )
    return "\n".join(["*A channel in mode auto goes back to people when*", *lines, hint])


def _bounds(rule: Rules) -> str:
    wrong = rule.wrong if rule.risk is None else rule.risk
    told = [
        _bound("checked answers are wrong above", wrong, " (promised)" if rule.risk is not None else ""),
        _bound("customers come back above", rule.reopened),
        _bound("satisfied customers fall below", rule.satisfied),
    ]
    return "; ".join(filter(None, told)) or "never"


def _bound(said: str, share: float | None, more: str = "") -> str:
    return "" if share is None else f"{said} *{percent(share)}*{more}"


class _Line:
    """A row of the history as a change."""

    def __init__(self, row: SettingRow) -> None:
        self.key, self.channel = split(row.key)
        self.old: Any = row.before
        self.new: Any = row.value


def history(rows: Sequence[SettingRow]) -> str:
    """Tell what was changed, the newest first: number, who, when, old and new."""
    if not rows:
        return "Nobody has changed a setting yet: everything is as it came."
    lines = [
        f"*#{row.seq}*  {text.clock(row.at)}  {text.person(row.actor)}\n{replies.change(_Line(row))}"
        for row in rows
    ]
    return "\n".join(["*The newest changes*", *lines, "_Take one back with `/cockpit revert #number`._"])


_UNREAD = "_Messages are encrypted here: only names, addresses and subjects were searched._"


def found(
    asked: str, listed: Sequence[Listed], links: Mapping[str, str], *, named: bool, in_messages: bool
) -> str:
    """List the conversations that were found, and say so where messages could not be searched.

    Names and subjects only where `named`, as on the dashboard.
    """
    what = text.escape(replies.code(asked))
    head = (
        f"*Found for* {what}"
        if listed
        else f"Nothing was found for {what}. A part of a name or a word is enough."
    )
    unread = [] if in_messages else [_UNREAD]
    return "\n".join([head, *(_listed(one, links, named) for one in listed), *unread])


def _listed(one: Listed, links: Mapping[str, str], named: bool) -> str:
    about = text.cut(text.one_line(hidden(one.subject)) or "(no subject)", 80)
    subject = about if named else one.conversation_id[:8]
    url = links.get(one.conversation_id, "")
    shown = text.link(url, subject) if url else text.escape(subject)
    who = [text.escape(text.cut(text.one_line(one.customer), 60))] if named else []
    told = [shown, *who, parts.channel_mark(one.channel), str(one.status), f"{one.at:%Y-%m-%d}"]
    return f"•  {text.dotted(told)}"
