"""Slack's way in: every button, window, command and event, and the listener that takes it."""

from slack_bolt.async_app import AsyncApp

from blocks import ids
from handlers.slack.actions import CardActions, OverflowMenu
from handlers.slack.asks import Asks
from handlers.slack.commands import Cockpit
from handlers.slack.deeds import Deeds
from handlers.slack.errors import ErrorExit
from handlers.slack.events import Departures, ThreadNotes
from handlers.slack.home import AppHome, Begin, Practice
from handlers.slack.importing import ImportWindow
from handlers.slack.in_time import PATIENCE, InTime
from handlers.slack.modals import Submissions
from handlers.slack.reviewing import Reviews
from handlers.slack.services import Services
from handlers.slack.suggestions import Suggestions
from handlers.slack.team_windows import TeamSubmissions
from handlers.slack.threads import ThreadShortcuts
from handlers.slack.windows import Windows
from handlers.slack.writing import WritingWindow

__all__ = ["Services", "register"]


def register(app: AsyncApp, services: Services, *, patience: float = PATIENCE) -> None:
    """Connect every id to its listener: the table of contents of this folder.

    A submitted window is answered after `patience` seconds, whether or not what it asks for is done by then.
    """
    app.middleware(services.gate)
    writing, in_time = WritingWindow(services), InTime(services.client, patience)
    _cards(app, services, writing, in_time)
    _writing(app, writing, in_time)
    _submissions(app, services, in_time)
    _home(app, services, in_time)
    app.shortcut(ids.SEND_TO_CUSTOMER)(ThreadShortcuts(services, writing).send_to_customer)
    cockpit = Cockpit(services)
    app.command("/cockpit")(cockpit.run)
    app.action(ids.DO_SETTING)(cockpit.steering.do)
    app.action(ids.DROP_SETTING)(cockpit.steering.leave)
    app.view(ids.REVIEW_MODAL)(in_time(Reviews(services).submit))
    app.view(ids.IMPORT_MODAL)(in_time(ImportWindow(services).submit))
    app.event("message")(ThreadNotes(services).message)
    app.event("app_uninstalled")(Departures(services).uninstalled)
    app.event("tokens_revoked")(Departures(services).revoked)
    app.error(ErrorExit(services).handle)


def _cards(app: AsyncApp, services: Services, writing: WritingWindow, in_time: InTime) -> None:
    """What stands on cards and in their menus."""
    deeds, windows, asks = Deeds(services), Windows(services), Asks(services)
    card, menu = CardActions(services, deeds), OverflowMenu(services, windows, writing, asks, deeds)
    app.action(ids.APPROVE)(card.approve)
    app.action(ids.TAKE)(card.take)
    app.action(ids.TAKE_OVER)(card.take_over)
    app.action(ids.RESOLVE)(card.resolve)
    app.action(ids.GOOD)(card.good)
    app.action(ids.WRONG)(card.wrong)
    app.action(ids.WENT_OUT)(card.went_out)
    app.action(ids.RESEND)(card.resend)
    app.action(ids.STOP)(card.stop)
    app.action(ids.UNMERGE)(card.unmerge)
    app.action(ids.MORE)(menu.choose)
    app.action(ids.CUSTOMER)(menu.choose)
    app.action(ids.WAKE)(card.wake)
    app.action(ids.REOPEN)(card.reopen)
    app.action(ids.NOT_SUPPORT)(card.not_support)
    app.action(ids.BLOCK)(card.block)
    app.action(ids.UNBLOCK)(card.unblock)
    app.action(ids.NEXT)(card.follow)
    app.action(ids.OPEN_CARD)(card.follow)
    app.action(ids.ESCALATE)(asks.escalate)
    app.action(ids.HAND_BACK)(windows.hand_back)
    app.action(ids.REFRESH)(windows.refresh)
    app.action(ids.JOIN)(windows.join)
    app.action(ids.PART)(windows.part)
    app.action(ids.REGENERATE)(asks.regenerate)
    app.action(ids.REJECT)(asks.reject)
    app.action(ids.SNOOZE)(asks.snooze)
    app.action(ids.ASK)(asks.ask)
    app.action(ids.SHOW_ALL)(asks.show_all)
    app.action(ids.MERGE)(windows.merge)
    app.action(ids.SPLIT)(windows.split)
    app.view(ids.REGENERATE_MODAL)(in_time(asks.draft_anew))
    app.view(ids.REJECT_MODAL)(in_time(asks.rejected))
    app.view(ids.SNOOZE_MODAL)(in_time(asks.snoozed))
    app.view(ids.ASK_MODAL)(in_time(asks.asked))
    app.view(ids.ALL_THE_SAME_MODAL)(in_time(deeds.confirmed))


def _writing(app: AsyncApp, writing: WritingWindow, in_time: InTime) -> None:
    """The window in which answers are written."""
    app.action(ids.EDIT)(writing.edit)
    app.action(ids.REPLY)(writing.reply)
    app.action(ids.ANSWER)(writing.typed)
    app.action(ids.INSERT)(writing.insert)
    app.action(ids.MORE_ROOM)(writing.more_room)
    app.action(ids.START_OVER)(writing.start_over)
    app.options(ids.INSERT)(writing.suggest)
    app.view(ids.EDIT_MODAL)(in_time(writing.send))
    app.view_closed(ids.EDIT_MODAL)(writing.closed)


def _submissions(app: AsyncApp, services: Services, in_time: InTime) -> None:
    """Windows that ask for a word or a name."""
    submissions, team = Submissions(services), TeamSubmissions(services)
    app.view(ids.ESCALATE_MODAL)(in_time(submissions.escalate))
    app.view(ids.MERGE_MODAL)(in_time(submissions.merge))
    app.view(ids.SPLIT_MODAL)(in_time(submissions.split))
    app.view(ids.JOIN_MODAL)(in_time(submissions.join))
    app.view(ids.ASSIGN_MODAL)(in_time(team.assign))
    app.view(ids.HAND_BACK_MODAL)(in_time(team.hand_back))


def _home(app: AsyncApp, services: Services, in_time: InTime) -> None:
    """The home tab, practice, and conversations that an agent begins."""
    home, begin = AppHome(services), Begin(services)
    practice, suggested = Practice(services, home), Suggestions(services, home)
    app.action(ids.HOME_REFRESH)(home.refresh)
    app.action(ids.SET_THRESHOLD)(home.ask_setting)
    app.action(ids.SET_MODE)(home.ask_setting)
    app.action(ids.SET_ROLLOUT)(home.ask_setting)
    app.action(ids.SET_MORE)(home.ask_setting)
    app.view(ids.CONFIRM_MODAL)(in_time(home.confirmed))
    app.action(ids.BEGIN)(begin.open)
    app.action(ids.PRACTISE)(practice.open)
    app.action(ids.PRACTICE + ids.APPROVE)(practice.press)
    app.action(ids.PRACTICE + ids.EDIT)(practice.press)
    app.action(ids.PRACTICE + ids.ESCALATE)(practice.press)
    app.action(ids.PRACTICE + ids.TAKE)(practice.press)
    app.action(ids.PRACTICE_NEXT)(practice.press)
    app.action(ids.PRACTICE_FINISH)(practice.press)
    app.action(ids.SUGGESTION)(suggested.open)
    app.action(ids.DECLINE_SUGGESTION)(suggested.decline)
    app.view(ids.SUGGESTION_MODAL)(in_time(suggested.accept))
    app.view(ids.BEGIN_MODAL)(in_time(begin.send))
    app.view(ids.SETTING_MODAL)(in_time(home.set))
    app.shortcut(ids.NEW_CONVERSATION)(begin.open)
    app.event("app_home_opened")(home.opened)
