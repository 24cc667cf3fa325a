"""Of which Slack workspaces conversations are to be found: what belongs to another is as if it were not there."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, exists, true

from storage.tables import conversations


@dataclass(frozen=True)
class Within:
    """Those of the `workspaces` that are named; with `others`, all but those ("" is the main one)."""

    workspaces: frozenset[str]
    others: bool = False

    @property
    def everywhere(self) -> bool:
        """Tell whether nothing is left out."""
        return self.others and not self.workspaces

    def has(self, workspace: str) -> bool:
        """Tell whether conversations of a workspace are to be found."""
        return (workspace in self.workspaces) is not self.others

    def here(self) -> ColumnElement[bool]:
        """Return the condition that a conversation is to be found."""
        return self._holds(conversations)

    def about(self, conversation_id: ColumnElement[str]) -> ColumnElement[bool]:
        """Return the condition that a row about a conversation is."""
        if self.everywhere:
            return true()
        talk = conversations.alias("talk_of_it")
        return exists().where(talk.c.id == conversation_id, self._holds(talk))

    def _holds(self, talk: FromClause) -> ColumnElement[bool]:
        if self.everywhere:
            return true()
        named = talk.c.workspace.in_(self.workspaces)
        return ~named if self.others else named


EVERYWHERE = Within(frozenset(), others=True)
