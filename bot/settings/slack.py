"""Slack: how it is reached, and which of its channels are used for what."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from bot.core.errors import Misconfigured
from bot.core.model import Channel
from bot.core.routing import MAIN, Routes
from bot.settings.reading import listed, web_address, whole
from bot.settings.workspaces import of_workspace, routes_of, workspaces

SLACK_API = "https://slack.com/api/"
_PEOPLE = "U0123456,S0123456,C0123456"
_SLACK_ID = re.compile(r"[A-Z][A-Z0-9]+")


@dataclass(frozen=True)
class OAuthSettings:
    """The app as Slack knows it, to be installed by OAuth into these workspaces; the first is the main one."""

    client_id: str
    client_secret: str = field(repr=False)
    workspaces: tuple[str, ...]

    @property
    def workspace(self) -> str:
        """The main workspace."""
        return self.workspaces[0]


@dataclass(frozen=True)
class SlackSettings:
    """How to reach Slack: Socket Mode with an app token, else signed HTTP with a signing secret.

    `others` are the further workspaces with what is theirs, and `routes` say what comes to them.
    """

    bot_token: str = field(repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    api_url: str = SLACK_API
    channels: Mapping[str, str] = field(default_factory=dict)
    escalation_channel: str = ""
    audit_channel: str = ""
    announce_channel: str = ""
    managers: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    oauth: OAuthSettings | None = None
    others: Mapping[str, "SlackSettings"] = field(default_factory=dict)
    routes: Routes = field(default_factory=Routes)


def slack_settings(env: Mapping[str, str]) -> SlackSettings:
    """Return how Slack is reached; raises Misconfigured for half of it."""
    known = workspaces(env.get("SLACK_WORKSPACE", ""))
    routes = routes_of(env, known)
    main = _settings(of_workspace(env, MAIN, known), _slack_channels)
    others = {one: _settings(of_workspace(env, one, known), partial(_places, one)) for one in known[1:]}
    return replace(main, routes=routes, others={one: replace(it, bot_token="") for one, it in others.items()})


def _settings(env: Mapping[str, str], places: Callable[[str], Mapping[str, str]]) -> SlackSettings:
    return whole(
        SlackSettings,
        bot_token=lambda: _bot_token(env),
        app_token=lambda: _app_token(env),
        signing_secret=lambda: env.get("SLACK_SIGNING_SECRET", ""),
        api_url=lambda: (web_address(env, "SLACK_API_URL") or SLACK_API).rstrip("/") + "/",
        channels=lambda: places(env.get("SLACK_CHANNELS", "")),
        escalation_channel=lambda: _one_channel(env, "SLACK_ESCALATION_CHANNEL"),
        audit_channel=lambda: _one_channel(env, "SLACK_AUDIT_CHANNEL"),
        announce_channel=lambda: _one_channel(env, "SLACK_ANNOUNCE_CHANNEL"),
        managers=lambda: _slack_ids(env, "SLACK_MANAGERS", _PEOPLE),
        agents=lambda: _slack_ids(env, "SLACK_AGENTS", _PEOPLE),
        owners=lambda: _slack_ids(env, "SLACK_OWNERS", _PEOPLE),
        oauth=lambda: _oauth(env),
    )


def _bot_token(env: Mapping[str, str]) -> str:
    token = env.get("SLACK_BOT_TOKEN", "")
    if not token and env.get("SLACK_CLIENT_ID"):
        return ""  # An installation gives it.
    if not token:
        raise Misconfigured(
            "SLACK_BOT_TOKEN is not set. Create the Slack app from manifest.yml, or try `threadpilot demo`."
        )
    _check_kind("SLACK_BOT_TOKEN", token, "xoxb-")
    return token


def _app_token(env: Mapping[str, str]) -> str:
    token = env.get("SLACK_APP_TOKEN", "")
    if not token and not env.get("SLACK_SIGNING_SECRET"):
        raise Misconfigured(
            "Set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) beside SLACK_BOT_TOKEN."
        )
    if token:
        _check_kind("SLACK_APP_TOKEN", token, "xapp-")
    return token


def _oauth(env: Mapping[str, str]) -> OAuthSettings | None:
    names = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_WORKSPACE")
    given = [env.get(name, "") for name in names]
    if not any(given):
        return None
    missing = [name for name, value in zip(names, given, strict=True) if not value]
    if not env.get("THREADPILOT_PUBLIC_URL"):
        missing.append("THREADPILOT_PUBLIC_URL")
    if missing:
        raise Misconfigured(
            f"To install the app by OAuth, set {' and '.join(missing)} as well: client id and secret stand on the "
            "app's pages at Slack, SLACK_WORKSPACE is the id of the only workspace that may install it (T0123456), "
            "or several with commas between them."
        )
    client_id, client_secret, named = given
    return OAuthSettings(client_id, client_secret, workspaces(named))


def _check_kind(name: str, token: str, begins: str) -> None:
    """See that it is a token of this kind; one that Slack renews begins with `xoxe.`."""
    if not token.removeprefix("xoxe.").startswith(begins):
        raise Misconfigured(
            f"{name} does not begin with {begins}, so it is no such token: copy it from the app's pages at Slack."
        )


def _one_channel(env: Mapping[str, str], name: str) -> str:
    ids = _slack_ids(env, name, "C0123456")
    if len(ids) > 1:
        raise Misconfigured(f"{name} names {len(ids)} Slack channels; it takes one.")
    return "".join(ids)


def _slack_channels(value: str) -> dict[str, str]:
    """Read where cards of the main workspace appear: it has a place for every channel."""
    channels = _pairs(value)
    if not channels:
        raise Misconfigured(
            "SLACK_CHANNELS is not set: say where conversations appear, for example *=C0123456."
        )
    missing = ", ".join(one for one in Channel if one not in channels)
    if missing and "*" not in channels:
        raise Misconfigured(
            f"SLACK_CHANNELS names no Slack channel of the main workspace for {missing}: add *=C0123456."
        )
    return channels


def _places(workspace: str, value: str) -> dict[str, str]:
    """Read where cards of another workspace appear; the first place is for all that has none of its own."""
    channels = _pairs(value)
    if not channels:
        raise Misconfigured(
            f"SLACK_WORKSPACE names {workspace}, and SLACK_CHANNELS gives it nothing: "
            f"write for example help@shop.example={workspace}/C0123456."
        )
    return {"*": next(iter(channels.values())), **channels}


def _pairs(value: str) -> dict[str, str]:
    channels = {}
    for part in listed(value):
        name, separator, slack_id = (piece.strip() for piece in part.partition("="))
        if not separator or not _SLACK_ID.fullmatch(slack_id) or name not in {*Channel, "*"}:
            raise Misconfigured(
                f"SLACK_CHANNELS has {part!r}; write email=C1,chat=C2,*=C0, with the ids that Slack gives its "
                "channels (* is all others)."
            )
        if name in channels:
            raise Misconfigured(f"SLACK_CHANNELS names {name} twice; give each channel one Slack channel.")
        channels[name] = slack_id
    return channels


def _slack_ids(env: Mapping[str, str], name: str, example: str) -> tuple[str, ...]:
    ids = tuple(listed(env.get(name, "")))
    for one in ids:
        if not _SLACK_ID.fullmatch(one):
            raise Misconfigured(f"{name} has {one!r}, which is not an id of Slack's: write {example}.")
    return ids
