"""Slack's way in: every button, window, command and event, and the listener that takes it."""

from slack_bolt.async_app import AsyncApp

from blocks import ids
from handlers.slack.actions import CardActions, OverflowMenu
from handlers.slack.commands import Cockpit
from handlers.slack.errors import ErrorExit
from handlers.slack.events import AppHome, ThreadNotes
from handlers.slack.modals import Submissions
from handlers.slack.services import Services
from handlers.slack.windows import Windows

__all__ = ["Services", "register"]


def register(app: AsyncApp, services: Services) -> None:
    """Connect every id to its listener: the table of contents of this folder."""
    card, windows = CardActions(services), Windows(services)
    menu, submissions = OverflowMenu(services, windows), Submissions(services)

    app.middleware(services.gate)

    app.action(ids.APPROVE)(card.approve)
    app.action(ids.EDIT)(windows.edit)
    app.action(ids.ESCALATE)(windows.escalate)
    app.action(ids.TAKE)(card.take)
    app.action(ids.REPLY)(windows.reply)
    app.action(ids.RESOLVE)(card.resolve)
    app.action(ids.GOOD)(card.good)
    app.action(ids.WRONG)(card.wrong)
    app.action(ids.WENT_OUT)(card.went_out)
    app.action(ids.RESEND)(card.resend)
    app.action(ids.STOP)(card.stop)
    app.action(ids.UNMERGE)(card.unmerge)
    app.action(ids.REFRESH)(windows.refresh)
    app.action(ids.JOIN)(windows.join)
    app.action(ids.PART)(windows.part)
    app.action(ids.MORE)(menu.choose)
    app.action(ids.CUSTOMER)(menu.choose)

    app.view(ids.EDIT_MODAL)(submissions.answer)
    app.view(ids.ESCALATE_MODAL)(submissions.escalate)
    app.view(ids.MERGE_MODAL)(submissions.merge)
    app.view(ids.SPLIT_MODAL)(submissions.split)
    app.view(ids.JOIN_MODAL)(submissions.join)

    app.command("/cockpit")(Cockpit(services).run)

    app.event("message")(ThreadNotes(services).message)
    app.event("app_home_opened")(AppHome(services).opened)

    app.error(ErrorExit(services).handle)
