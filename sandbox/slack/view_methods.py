"""views.*: opening, stacking, changing and publishing views."""

from sandbox.slack.errors import SlackError
from sandbox.slack.method import Call
from sandbox.slack.triggers import Triggers
from sandbox.slack.validate import view as checked
from sandbox.slack.views import Views, shown
from sandbox.slack.workspace import Workspace
from sandbox.wire import Record


class ViewMethods:
    def __init__(self, views: Views, triggers: Triggers, workspace: Workspace) -> None:
        self._views, self._triggers, self._workspace = views, triggers, workspace

    def open(self, call: Call) -> Record:
        # The view is judged first: a refused view leaves the trigger id for a second try.
        given = checked(call.args.get("view"), "modal")
        user = self._triggers.exchange(_trigger(call))
        return _answer(self._views.open(user, given))

    def push(self, call: Call) -> Record:
        given = checked(call.args.get("view"), "modal")
        user = self._triggers.exchange(_trigger(call))
        return _answer(self._views.push(user, given))

    def update(self, call: Call) -> Record:
        given = checked(call.args.get("view"), "modal", "home")
        if call.maybe("view_id"):
            view = self._views.get(call.maybe("view_id"))
        else:
            view = self._views.by_external_id(call.text("external_id"))
        return _answer(self._views.update(view, given, call.maybe("hash")))

    def publish(self, call: Call) -> Record:
        given = checked(call.args.get("view"), "home")
        user = self._workspace.user(call.text("user_id"))["id"]
        return _answer(self._views.publish(user, given, call.maybe("hash")))


def _trigger(call: Call) -> str:
    trigger_id = call.maybe("trigger_id") or call.maybe("interactivity_pointer")
    if not trigger_id:
        raise SlackError(
            "invalid_arguments",
            response_metadata={"messages": ["[ERROR] missing required field: trigger_id"]},
        )
    return trigger_id


def _answer(view: Record) -> Record:
    return {"ok": True, "view": shown(view)}
