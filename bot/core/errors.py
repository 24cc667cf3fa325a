"""The one error tree. Vendors' errors are turned into these at one point per integration.

ThreadpilotError
├── Misconfigured       the environment cannot work; the message says what to set
├── Rejected            a person asked for something that cannot be done; the message is for them
│   ├── NotAllowed      they may not do it
│   ├── AlreadyDecided  somebody else was first
│   ├── Superseded      the draft is no longer the newest
│   ├── Owned           a colleague has the conversation, and was not to be passed over unasked
│   └── InvalidInput    what they typed cannot be used
├── Unavailable         an outside system did not do it; trying later is safe
│   ├── Unreachable     it cannot be used at all, so nothing else will get through either
│   ├── TooLate         we were stopped for so long that others may have taken over
│   ├── NotTried        it is known to be down, so it was not even asked
│   └── NotStored       our own database failed; nothing was kept
├── Refused             an outside system said no; trying again will not help
│   ├── Undeliverable   nothing it could be asked: no such address can be written to
│   ├── Gone            what was to be changed is not there any more
│   └── ChannelClosed   a Slack channel takes nothing from us: archived, or we are not a member
└── OutcomeUnknown      a send may or may not have gone out; never retried blindly
"""


class ThreadpilotError(Exception):
    """Base of every error threadpilot raises on purpose."""


class Misconfigured(ThreadpilotError):
    """The settings are wrong or incomplete; each of the `problems` names the variable and the remedy."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class Rejected(ThreadpilotError):
    """A request by a person that cannot be done; the message is shown to that person as it is."""


class NotAllowed(Rejected):
    """The person lacks the right."""


class AlreadyDecided(Rejected):
    """Somebody decided on this draft before; `winner` is their Slack user id, or None for the policy."""

    def __init__(self, message: str, *, winner: str | None = None) -> None:
        super().__init__(message)
        self.winner = winner


class Superseded(Rejected):
    """The draft is not the newest any more, or the customer wrote again."""


class Owned(Rejected):
    """A colleague has the conversation: `owner` is their Slack user id. Who knows that may do it over them."""

    def __init__(self, owner: str) -> None:
        super().__init__(f"<@{owner}> has this conversation.")
        self.owner = owner


class InvalidInput(Rejected):
    """What was typed cannot be used; `field` names the place when there are several."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Unavailable(ThreadpilotError):
    """Nothing was done and it may be tried again, after `retry_after` seconds when the far side said so."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unreachable(Unavailable):
    """The far side as a whole cannot be used: no connection, no login."""


class TooLate(Unavailable):
    """The time in which it had to be done is over: nothing was done, for somebody else may be doing it."""


class NotTried(Unavailable):
    """The far side is left alone for `retry_after` seconds, because it was down a moment ago."""


class NotStored(Unavailable):
    """Our database failed; the message names the cause and the remedy."""


class Refused(ThreadpilotError):
    """The far side refuses for good; the message says why in words a person understands."""


class Undeliverable(Refused):
    """It cannot be handed over as it is, so the far side was not even asked."""


class OutcomeUnknown(ThreadpilotError):
    """The far side may have done it: a human or a reconciliation must tell."""


class Gone(Refused):
    """What was to be changed is not there any more; making it anew may work."""


class ChannelClosed(Refused):
    """A Slack channel takes nothing from us any more; another one may."""
