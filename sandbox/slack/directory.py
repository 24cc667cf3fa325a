"""Who and what exists in the stand-in: its workspaces, one app, and their people, groups, Slack channels and tokens.

The ids are constants, so that tests, bookmarks and documentation may name them. The tokens only look like Slack's.
"""

from dataclasses import dataclass, field

from sandbox.wire import Record

TEAM = "T0NORTHWIND"
APP = "A0THREADPILOT"
APP_NAME = "threadpilot"
BOT = "B0THREADPILOT"
BOT_USER = "U0THREADPILOT"
VERIFICATION_TOKEN = "sandbox-verification-token"  # noqa: S105 - a stand-in's token opens nothing

KIM, RIVERA, SAM = "U0KIM000001", "U0RIVERA001", "U0SAM000001"
MORGAN, ALEX, GUEST = "U0MORGAN001", "U0ALEX00001", "U0CASEY0001"
MANAGERS_GROUP = "S0MANAGERS1"
AGENT, MANAGER = KIM, MORGAN

BOT_TOKEN = "xoxb-sandbox-threadpilot"  # noqa: S105
READER_TOKEN = "xoxb-sandbox-reader"  # noqa: S105
RESTRICTED_TOKEN = "xoxb-sandbox-restricted"  # noqa: S105
CLIENT_ID, CLIENT_SECRET = "1234.5678", "sandbox-client-secret"
APP_TOKEN = "xapp-sandbox-threadpilot"  # noqa: S105
SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105

WIDE_SCOPES = frozenset(
    "app_mentions:read channels:history channels:read chat:write chat:write.customize commands files:read "
    "files:write groups:history groups:read im:history im:read im:write reactions:read reactions:write "
    "team:read usergroups:read users:read users:read.email".split()
)


@dataclass(frozen=True)
class Shortcut:
    """An entry of the lightning menu (`global`) or of a message's menu (`message`)."""

    name: str
    type: str
    callback_id: str
    description: str = ""


@dataclass(frozen=True)
class Installation:
    """What an app's manifest asks for: scopes of its bot token, events it hears of, commands, shortcuts."""

    scopes: frozenset[str]
    events: frozenset[str]
    commands: frozenset[str]
    shortcuts: tuple[Shortcut, ...] = ()
    hint: str = ""  # What the commands take, as their usage hint says it: words, separated by |.


# The app of this project: a test holds it against manifest.yml, so that what is missing there fails here too.
THREADPILOT = Installation(
    scopes=frozenset(
        "channels:history channels:read chat:write commands files:write groups:history groups:read "
        "usergroups:read users:read".split()
    ),
    events=frozenset(
        "app_home_opened app_uninstalled message.channels message.groups tokens_revoked".split()
    ),
    commands=frozenset({"/cockpit"}),
    shortcuts=(
        Shortcut(
            "New conversation",
            "global",
            "new_conversation",
            "Write to a customer first, by e-mail or text message",
        ),
        Shortcut(
            "Send to customer",
            "message",
            "send_to_customer",
            "Open what was typed in a conversation's thread as an answer to its customer",
        ),
    ),
    hint="help | status | threshold chat 90% | mode email assist | oncall | sla | hours | team | pause | resume",
)

SUPPORT_CHANNELS = {
    "email": "C0EMAIL0001",
    "chat": "C0CHAT00001",
    "sms": "C0SMS000001",
    "phone": "C0PHONE0001",
    "zendesk": "C0ZENDESK01",
}
OTHER, ESCALATIONS, NEWS = "C0OTHER0001", "C0ESCALATE1", "C0NEWS00001"


@dataclass(frozen=True)
class Grant:
    """What a token may do. A reader looks on without using up the app's rate limits."""

    kind: str
    scopes: frozenset[str]
    reads_freely: bool = False


def grants(app: Installation) -> dict[str, Grant]:
    """Return what each token of the first workspace may do when this app is installed."""
    return {
        BOT_TOKEN: Grant("bot", app.scopes),
        READER_TOKEN: Grant("bot", WIDE_SCOPES, reads_freely=True),
        RESTRICTED_TOKEN: Grant("bot", frozenset({"channels:read", "users:read"})),
        APP_TOKEN: Grant("app", frozenset({"connections:write"})),
    }


@dataclass(frozen=True)
class Team:
    """A workspace, by the ids under which Slack knows it; `token` is what the app gets when it is installed there."""

    id: str
    name: str
    domain: str
    token: str = field(repr=False)
    manager: str


NORTHWIND = Team(TEAM, "Northwind", "northwind", BOT_TOKEN, MANAGER)


@dataclass(frozen=True)
class World:
    """Who and what is in one workspace at first."""

    team: Team
    users: dict[str, Record]
    groups: dict[str, Record]
    channels: "dict[str, Channel]"


@dataclass
class Channel:
    id: str
    name: str
    members: set[str] = field(default_factory=set)
    is_im: bool = False
    topic: str = ""
    is_archived: bool = False
    team: str = TEAM

    def public(self) -> Record:
        """Return the channel as conversations.info shows it to the app."""
        common: Record = {
            "id": self.id,
            "created": 1760000000,
            "is_archived": self.is_archived,
            "is_im": self.is_im,
            "is_org_shared": False,
            "context_team_id": self.team,
        }
        if self.is_im:
            return {**common, "user": next(iter(self.members - {BOT_USER}), BOT_USER), "is_open": True}
        return {
            **common,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": True,
            "is_group": False,
            "is_mpim": False,
            "is_private": False,
            "is_general": False,
            "is_member": BOT_USER in self.members,
            "creator": MORGAN,
            "num_members": len(self.members),
            "topic": {"value": self.topic, "creator": MORGAN, "last_set": 1760000000},
            "purpose": {"value": self.topic, "creator": MORGAN, "last_set": 1760000000},
        }


def _person(
    user: str,
    name: str,
    title: str,
    tz: str,
    label: str,
    offset: int,
    *,
    admin: bool = False,
    guest: bool = False,
    team: Team = NORTHWIND,
) -> Record:
    first, last = name.split(" ")
    handle = first.lower()
    return {
        "id": user,
        "team_id": team.id,
        "name": handle,
        "deleted": False,
        "real_name": name,
        "tz": tz,
        "tz_label": label,
        "tz_offset": offset,
        "is_admin": admin,
        "is_owner": False,
        "is_restricted": guest,
        "is_ultra_restricted": False,
        "is_bot": False,
        "is_app_user": False,
        "updated": 1760000000,
        "profile": {
            "title": title,
            "real_name": name,
            "real_name_normalized": name,
            "display_name": first,
            "display_name_normalized": first,
            "email": f"{handle}@{team.domain}.example",
            "first_name": first,
            "last_name": last,
            "status_text": "",
            "status_emoji": "",
            "team": team.id,
        },
    }


def _bot_user(team: Team = NORTHWIND) -> Record:
    pacific = ("America/Los_Angeles", "Pacific Standard Time", -28800)
    bot = _person(BOT_USER, "threadpilot app", "", *pacific, team=team)
    bot["is_bot"] = True
    bot["profile"] |= {"bot_id": BOT, "api_app_id": APP, "display_name": APP_NAME}
    del bot["profile"]["email"]
    return bot


def people() -> dict[str, Record]:
    berlin = ("Europe/Berlin", "Central European Time", 3600)
    new_york = ("America/New_York", "Eastern Standard Time", -18000)
    everybody = [
        _person(KIM, "Kim Larsen", "Support agent", *berlin),
        _person(RIVERA, "Rivera Santos", "Support agent", *new_york),
        _person(SAM, "Sam Okafor", "Support agent", "Europe/London", "Greenwich Mean Time", 0),
        _person(MORGAN, "Morgan Hale", "Head of support", *berlin, admin=True),
        _person(ALEX, "Alex Winter", "Support lead", *new_york),
        _person(GUEST, "Casey Moor", "Guest from the carrier", *berlin, guest=True),
        _bot_user(),
    ]
    return {person["id"]: person for person in everybody}


def groups() -> dict[str, Record]:
    group = {
        "id": MANAGERS_GROUP,
        "team_id": TEAM,
        "is_usergroup": True,
        "name": "Support leads",
        "handle": "support-leads",
        "description": "May change the cockpit's settings",
        "date_delete": 0,
        "users": [ALEX],
        "user_count": 1,
    }
    return {MANAGERS_GROUP: group}


def channels() -> dict[str, Channel]:
    names = {identity: f"support-{name}" for name, identity in SUPPORT_CHANNELS.items()}
    names |= {OTHER: "support-other", ESCALATIONS: "escalations", NEWS: "cockpit-news"}
    everybody = set(people())
    staff = everybody - {GUEST}
    # The guest sees what the carrier has to do with, and nothing else.
    open_to_guests = {SUPPORT_CHANNELS["email"], SUPPORT_CHANNELS["chat"]}
    return {
        identity: Channel(identity, name, set(everybody if identity in open_to_guests else staff))
        for identity, name in names.items()
    }


def northwind() -> World:
    return World(NORTHWIND, people(), groups(), channels())


# A second workspace: the app works there once it was installed. (At Slack its bot would have other ids.)
SOUTHWIND = Team("T0SOUTHWIND", "Southwind", "southwind", "xoxb-sandbox-southwind", "U1NOEL00001")
SOUTH_AGENT, SOUTH_MANAGER = "U1PAT000001", SOUTHWIND.manager
SOUTH_SUPPORT, SOUTH_ESCALATIONS = "C1SUPPORT01", "C1ESCALATE1"


def southwind() -> World:
    lisbon = ("Europe/Lisbon", "Western European Time", 0)
    everybody = [
        _person(SOUTH_AGENT, "Pat Moreno", "Support agent", *lisbon, team=SOUTHWIND),
        _person(SOUTH_MANAGER, "Noel Costa", "Head of support", *lisbon, admin=True, team=SOUTHWIND),
        _bot_user(SOUTHWIND),
    ]
    users = {person["id"]: person for person in everybody}
    names = {SOUTH_SUPPORT: "support", SOUTH_ESCALATIONS: "escalations"}
    places = {one: Channel(one, name, set(users), team=SOUTHWIND.id) for one, name in names.items()}
    return World(SOUTHWIND, users, {}, places)


TEAMS = {team.id: team for team in (NORTHWIND, SOUTHWIND)}
