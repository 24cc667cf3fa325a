"""The one error of the Slack stand-in: Slack's own error word, with what Slack adds to it."""

from sandbox.wire import Json, Record


class SlackError(Exception):
    def __init__(
        self, error: str, *, status: int = 200, retry_after: int | None = None, **details: Json
    ) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.retry_after = retry_after
        self.details = details

    def body(self) -> Record:
        return {"ok": False, "error": self.error, **self.details}


def invalid(error: str, problems: list[str]) -> SlackError:
    """Build the answer for refused arguments, with Slack's list of what is wrong and where."""
    messages = [f"[ERROR] {problem}" for problem in problems]
    return SlackError(error, errors=problems, response_metadata={"messages": messages})
