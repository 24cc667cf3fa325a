"""The App Home: what waits, how each channel answers, and how a card is worked."""

from collections.abc import Mapping

from blocks import kit, parts, replies, text
from bot.core.model import Channel, Rules, Status

_STATES = {
    Status.WAITING: ":hourglass_flowing_sand: *{}* waiting for an agent",
    Status.ESCALATED: ":rotating_light: *{}* escalated",
    Status.UNDELIVERED: ":warning: *{}* not delivered or unclear",
    Status.WORKING: ":writing_hand: *{}* in work",
    Status.ANSWERED: ":white_check_mark: *{}* answered",
    Status.HELD: ":pause_button: *{}* held",
    Status.RESOLVED: ":ballot_box_with_check: *{}* resolved",
}
_HOW = """\
1.  A card stands in the Slack channel as soon as a customer writes: who, what, a draft, how sure and why.
2.  *Approve & send* sends the draft as you see it, *Edit* lets you change it first, *Reply myself* starts empty.
3.  *Escalate* brings it to the people who decide; *Take* makes it yours, so nothing goes out by itself.
4.  What you type in the thread is a note for your team. Only buttons send."""


def home_view(rules: Mapping[Channel, Rules], counts: replies.Counts) -> kit.Json:
    """Return the App Home for everyone."""
    totals = {state: sum(n for (_, s), n in counts.items() if s is state) for state in _STATES}
    shown = [line.format(totals[state]) for state, line in _STATES.items() if totals[state]]
    channels = [
        text.dotted([parts.channel_mark(c), replies.conduct(r), replies.waiting(counts, c)])
        for c, r in rules.items()
    ]
    return kit.home(
        [
            kit.header("today", "Where things stand"),
            kit.section("totals", "\n".join(shown) or ":sunny: Nothing has come in yet."),
            kit.divider("line"),
            kit.section("channels", "*Channels*\n" + "\n".join(channels)),
            kit.divider("line-2"),
            kit.section("how", "*How to work a card*\n" + _HOW),
            kit.context("more", "`/cockpit help` lists what you can type."),
        ]
    )
