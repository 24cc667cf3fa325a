"""Modals and Home views: what each user has open, stacked as Slack stacks it."""

import hashlib
import json
from collections.abc import Callable

from sandbox.journal import Journal, Part
from sandbox.slack import directory
from sandbox.slack.errors import SlackError
from sandbox.slack.validate import actors
from sandbox.slack.workspace import completed
from sandbox.wire import Record

STACK_MAX = 3


class Views:
    def __init__(
        self, journal: Journal | Part, clock: Callable[[], float], changed: Callable[[], None], team: str
    ) -> None:
        self._journal, self._clock, self._changed, self._team = journal, clock, changed, team
        self._open: dict[str, Record] = dict(journal.load("view"))
        self._last_id = 0

    def all(self) -> list[Record]:
        return list(self._open.values())

    def get(self, identity: object) -> Record:
        found = self._open.get(identity) if isinstance(identity, str) else None
        if found is None:
            raise SlackError("not_found")
        return found

    def by_external_id(self, external_id: str) -> Record:
        found = next((view for view in self._open.values() if view["external_id"] == external_id), None)
        if found is None:
            raise SlackError("not_found")
        return found

    def stack(self, user: str) -> list[Record]:
        """Return the modals a user has open, the visible one last."""
        return [view for view in self._open.values() if view["user"] == user and view["type"] == "modal"]

    def open(self, user: str, given: Record) -> Record:
        """Show a new modal in place of any other."""
        self.close_all(user)
        identity = self._new_id()
        return self._keep(identity, user, given, root=identity, previous=None)

    def push(self, user: str, given: Record) -> Record:
        stack = self.stack(user)
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= STACK_MAX:
            raise SlackError("push_limit_reached")
        return self._keep(self._new_id(), user, given, root=stack[0]["id"], previous=stack[-1]["id"])

    def publish(self, user: str, given: Record, expected_hash: str | None) -> Record:
        home = self.home(user)
        if home is not None:
            return self.update(home, given, expected_hash)
        identity = self._new_id()
        return self._keep(identity, user, given, root=identity, previous=None)

    def home(self, user: str) -> Record | None:
        found = (view for view in self._open.values() if view["user"] == user and view["type"] == "home")
        return next(found, None)

    def update(self, view: Record, given: Record, expected_hash: str | None = None) -> Record:
        if expected_hash and expected_hash != view["hash"]:
            raise SlackError("hash_conflict")
        kept = self._keep(
            view["id"], view["user"], given, root=view["root_view_id"], previous=view["previous_view_id"]
        )
        self._carry_typed_values(view, kept)
        return kept

    def type_in(self, view: Record, values: Record) -> None:
        """Keep what the user has entered so far: block id -> action id -> state."""
        for block_id, actions in values.items():
            view["state"]["values"].setdefault(block_id, {}).update(actions)
        self._save(view)

    def close(self, view: Record) -> None:
        self._open.pop(view["id"], None)
        self._journal.drop("view", view["id"])
        self._changed()

    def close_all(self, user: str) -> None:
        for view in self.stack(user):
            self.close(view)

    def _carry_typed_values(self, old: Record, new: Record) -> None:
        """Keep what was typed wherever block id and action id stay the same, as Slack does."""
        new_ids = {
            (block["block_id"], actor["action_id"]) for block in new["blocks"] for actor in actors(block)
        }
        for block_id, actions in old["state"]["values"].items():
            kept = {action: state for action, state in actions.items() if (block_id, action) in new_ids}
            if kept:
                self.type_in(new, {block_id: kept})

    def _keep(self, identity: str, user: str, given: Record, *, root: str, previous: str | None) -> Record:
        if given.get("external_id") and any(
            view["external_id"] == given["external_id"] and view["id"] != identity
            for view in self._open.values()
        ):
            raise SlackError("duplicate_external_id")
        view = {
            "id": identity,
            "team_id": self._team,
            "type": given["type"],
            "blocks": completed(given["blocks"]),
            "private_metadata": given.get("private_metadata") or "",
            "callback_id": given.get("callback_id") or "",
            "state": {"values": {}},
            "title": given.get("title"),
            "close": given.get("close"),
            "submit": given.get("submit"),
            "submit_disabled": bool(given.get("submit_disabled")),
            "clear_on_close": bool(given.get("clear_on_close")),
            "notify_on_close": bool(given.get("notify_on_close")),
            "previous_view_id": previous,
            "root_view_id": root,
            "app_id": directory.APP,
            "external_id": given.get("external_id") or "",
            "app_installed_team_id": self._team,
            "bot_id": directory.BOT,
            "user": user,
        }
        digest = hashlib.sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()
        view["hash"] = f"{int(self._clock())}.{digest[:8]}"
        self._save(view)
        return view

    def _new_id(self) -> str:
        # Ids grow with time, so that a stack read back from the journal is still in order.
        self._last_id = max(self._last_id + 1, int(self._clock() * 1_000_000))
        return f"V{self._last_id:X}"

    def _save(self, view: Record) -> None:
        self._open[view["id"]] = view
        self._journal.put("view", view["id"], view)
        self._changed()


def shown(view: Record) -> Record:
    """Return a view as the app sees it: whom it is shown to is Slack's own knowledge."""
    return {name: value for name, value in view.items() if name != "user"}
