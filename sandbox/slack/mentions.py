"""Names that people type behind a slash command: Slack turns those it knows into ids, where the app wants that."""

import re

from sandbox.slack.workspace import Workspace

# A name stands alone: neither inside an address nor inside what is an id already.
_NAME = re.compile(r"(?<!\S)([@#])([\w.-]*\w)(?=\W|$)")


def with_ids(text: str, workspace: Workspace) -> str:
    """Return the text with `@kim`, `@support-leads` and `#escalations` as Slack hands them to an app."""
    known = {
        **{f"@{one['name']}": f"<@{one['id']}|{one['name']}>" for one in workspace.users.values()},
        **{f"@{g['handle']}": f"<!subteam^{g['id']}|@{g['handle']}>" for g in workspace.groups.values()},
        **{f"#{one.name}": f"<#{one.id}|{one.name}>" for one in workspace.channels.values() if one.name},
    }
    return _NAME.sub(lambda found: known.get(found[0].lower(), found[0]), text)
