"""Every setting: its name, its default, an example and what it means. `docs/configuration.md` is made of it.

python -m bot.settings.catalog > docs/configuration.md
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.settings.secrets import SECRETS


@dataclass(frozen=True)
class Variable:
    """One setting. `default` is what holds where it is not set: a value in backticks, or words."""

    part: str
    name: str
    default: str
    example: str
    meaning: str

    @property
    def is_secret(self) -> bool:
        return self.name in SECRETS


# name | default | example | meaning. What begins with `#` is a heading.
_CATALOG = """
# Slack
SLACK_BOT_TOKEN | needed | xoxb-1234-abcd | the bot token, from *OAuth & Permissions*
SLACK_APP_TOKEN | this or the next | xapp-1-A01-abcd | the app token: Socket Mode, so that no public address is needed. Wins when both are set
SLACK_SIGNING_SECRET | this or the last | 8f742231b10e8888abcd99yyyzzz85a5 | signed HTTP at `POST /slack/events`; see [manifest.yml](../manifest.yml) for what to change
SLACK_CLIENT_ID | none | 1234.5678 | the app, to be [installed by OAuth](operations.md#installed-by-oauth) instead of with `SLACK_BOT_TOKEN`; takes the next two and `THREADPILOT_PUBLIC_URL`
SLACK_CLIENT_SECRET | none | 0f1e2d3c4b5a69788796a5b4c3d2e1f0 | its secret, from *Basic Information*
SLACK_WORKSPACE | none | T0123456 | the workspace that may install it; [several](operations.md#several-workspaces) with commas between them, the main one first
SLACK_CHANNELS | needed | email=C0123456,chat=C0234567,*=C0345678 | where conversations appear; `*` is all other channels. `help@brand.example=T0765432/C0456789`: in another workspace
SLACK_ESCALATION_CHANNEL | none | C0456789 | escalations are posted here too; `T0765432/C0678901`: those of another workspace
SLACK_AUDIT_CHANNEL | none | C0567890 | where the end of the audit log is [posted](security.md#the-record), hourly
SLACK_ANNOUNCE_CHANNEL | none | C0678901 | every change of a setting is [announced](managers.md#what-is-on-record) there: who, old, new
SLACK_MANAGERS | nobody | U0123456,S0123456 | who may change settings: ids of users (`U…`), user groups (`S…`), Slack channels (`C…`: their members); `T0765432/U0123456` of another workspace
SLACK_AGENTS | every full member | S0234567 | who may send to customers, as above; see [who may do what](security.md#who-may-do-what)
SLACK_OWNERS | nobody | U0234567 | managers of everything, as above
SLACK_API_URL | `https://slack.com/api/` | http://127.0.0.1:8481/slack/api/ | for the sandbox
# The app
DATABASE_URL | `sqlite+aiosqlite:///var/threadpilot.db` | postgresql+psycopg://threadpilot:password@db.internal/threadpilot | SQLite on a local disk (a network file system is refused), or PostgreSQL
THREADPILOT_SECRET_KEY | made, kept in `….db.key`; needed with PostgreSQL | 4c1d9a54c0f2e4d8b7a6f5e4d3c2b1a0 | signs reply addresses and links, the same in every process; at least 16 characters. Another than before stops the start
THREADPILOT_ENCRYPT | nothing is | messages | `messages`: what people wrote is [encrypted in the database](security.md#encryption)
THREADPILOT_ENCRYPTION_KEY | the secret key | 9f0c7f1e2b6a4d5c8e3b1a0f7d6c5b4a | at least 32 characters, kept away from the database. Several between commas: the first closes, all open
THREADPILOT_MODE | `assist` | auto | mode of channels nobody has set with `/cockpit mode`: `off`, `shadow`, `assist`, `auto`
THREADPILOT_HTTP | `127.0.0.1:8480` | 0.0.0.0:8480 | where chat, health and `/slack/events` listen
THREADPILOT_HEALTH | none | 0.0.0.0:8480 | where a worker or a scheduler answers `/healthz`, `/readyz` and `/metrics`; the others do so on `THREADPILOT_HTTP`
THREADPILOT_PUBLIC_URL | none; needed with Twilio | https://support.example.com | how the outside reaches us. Twilio signs it, and links to recordings begin with it
THREADPILOT_PROXIES | none | 127.0.0.1,10.0.0.0/8 | reverse proxies whose `X-Forwarded-For` says who a visitor is. Without it all visitors behind one share its limits (300 chats in 10 minutes)
THREADPILOT_BUILD | `source` | 1a2b3c4 | what `/healthz` tells as the build, such as a commit; the container file sets it
THREADPILOT_LOG | `text` | json | `json`: each line of the log is a JSON object, see [Health and log](operations.md#health-and-log)
BRAND_NAME | `Support` | Example | name in the signature and in `From`
RETENTION_DAYS | everything is kept | email=730,*.files=90 | how long what is kept, see [privacy.md](privacy.md#how-long)
# Traces
OTEL_EXPORTER_OTLP_ENDPOINT | nothing is traced | http://localhost:4318 | where [traces](operations.md#traces) go. Needs `pip install 'threadpilot[otel]'`; the next ones are OpenTelemetry's own
OTEL_EXPORTER_OTLP_TRACES_ENDPOINT | that, and `/v1/traces` | http://localhost:4318/v1/traces | the whole address, where it is another
OTEL_EXPORTER_OTLP_HEADERS | none | x-honeycomb-team=abcd | what the far side wants to know us by
OTEL_SERVICE_NAME | `threadpilot` | desk | how we are called there
OTEL_TRACES_SAMPLER | all of them | parentbased_traceidratio | which conversations are traced
OTEL_TRACES_EXPORTER | `otlp` | none | `none` turns it off
OTEL_SDK_DISABLED | `false` | true | `true` turns it off
# Answers
KNOWLEDGE_DIR | no articles | knowledge | folder of Markdown articles and HTML pages; a running app looks every 30 seconds for what has changed, builds the index anew beside the one that answers, and says so in the log and in `/cockpit status`; without it every question is escalated
MINILM_DIR | word vectors | auto | better text vectors, offline: a folder with the model that `threadpilot knowledge model` fetched (91 MB, once), or `auto`: where that puts it, if it is there. 6 to 11 ms more a question, about 130 MB more memory; what it gains: [evaluation](evaluation.md#two-kinds-of-text-vectors). Another file than the measured one stops the start
MACROS_DIR | no macros | macros | folder of text files (`.md`, `.txt`) that agents can insert into an answer: the first line is the title, `{first_name}` and `{subject}` are filled in; read at start only
CUSTOMERS_FILE | nobody is known | customers.csv | CSV `email,name,company,plan,since,phone,note` (the first two columns needed), read at start only
ESCALATION_RULES | the shipped rules | rules.toml | a TOML file of escalation rules on top of the shipped ones (`bot/core/rules.toml` shows the form), each with texts it must find and must not; one that fails its own tests stops the start
OPENAI_API_KEY | the model is off | sk-1234abcd | either this or the next switches the model on
OPENAI_BASE_URL | `https://api.openai.com/v1` with a key | http://models.internal:8000/v1 | any server that speaks the same
OPENAI_MODEL | `gpt-4.1-mini` | gpt-4.1-mini | the model's name. Its time budget is 8 s, fixed
OPENAI_PRICES | `0/0` | 0.40/1.60 | what a million tokens cost, read and written: `/cockpit status` then tells the cost
# Mail
SUPPORT_ADDRESS | mail is off | support@example.com | the address customers write to: no `+`, **at most 21 characters before the @**
SMTP_URL | needed with mail | smtp://user:password@relay.example.com:587?starttls | the relay: also `smtps://host`, `smtps://user@host?auth=xoauth2`; ports 25, 587 with `?starttls`, 465
SMTP_LISTEN | no listener | 127.0.0.1:2525 | `host:port` of the embedded SMTP listener
IMAP_URL | no mailbox is read | imaps://user:password@imap.example.com/INBOX | several with commas between them; see [channels.md](channels.md#e-mail-in)
INBOUND_EMAIL_SECRET | no such route | 2f1e0d9c8b7a69584736 | at least 16 characters; opens `POST /inbound/email`, see [channels.md](channels.md#e-mail-in)
MAIL_TEMPLATE_FILE | our own page | letterhead.html | how answers look: [channels.md](channels.md#e-mail-out)
MAIL_SIGNATURE_FILE | no signature | signature.txt | what stands beneath answers: [channels.md](channels.md#e-mail-out)
MAIL_AUTHSERV_ID | no sender is checked | mx.example.com | name of the mail server whose `Authentication-Results` count
SUPPORT_AGENTS | nobody forwards for customers | kim@shop.example,desk.shop.example | addresses and domains of your own people; needs `MAIL_AUTHSERV_ID`
MAIL_SUBJECT_TOKEN | `auto` | always | `always` or `never` name the conversation in subjects (`[#…]`); `auto` does where a reply has lost its headers
MAIL_OAUTH_TOKEN | none | ya29.abcd | access token for `?auth=xoauth2` or `oauthbearer`; when it ends, set a new one and restart. Better are the next ones
MAIL_OAUTH_TOKEN_URL | none | https://login.example.com/token | where tokens are asked for, by client credentials, or by the refresh token when there is one. One set for all mail servers
MAIL_OAUTH_CLIENT_ID | none | threadpilot | the client of that
MAIL_OAUTH_CLIENT_SECRET | none | 6a5b4c3d | its secret
MAIL_OAUTH_SCOPE | none | https://outlook.office.com/.default | what is asked for
MAIL_OAUTH_REFRESH_TOKEN | none | 1//0abcd | where there is one
RATING_CHANNELS | nobody is asked (but in chat) | email,sms,phone | whose customers are asked for a rating after a conversation was closed; `email` needs `THREADPILOT_PUBLIC_URL`
QUALITY_EVERY | `600` | 60 | every so many seconds promises, bounds and experiments are [looked at](managers.md#the-safety-net)
RATING_AFTER | `60` | 120 | so many minutes after *Resolve*
# Chat
CHAT_ORIGINS | only our own pages | https://shop.example,https://www.shop.example | sites that may carry the widget
CHAT_IDENTITY_SECRET | nobody is vouched for | 9a8b7c6d5e4f30211203f4e5d6c7b8a9 | at least 32 characters, shared with the site's server, which [signs who its visitors are](channels.md#who-the-visitor-is)
CHAT_REQUIRE_IDENTITY | `no` | yes | `yes`: only whom the site vouches for may chat; needs the secret
CHAT_EMAIL | `off` | optional | whether visitors are asked for their e-mail address before they write: `off`, `optional`, `required`
# Text messages and phone
TWILIO_ACCOUNT_SID | text messages and phone are off | AC0123456789abcdef0123456789abcdef | all three of these, from Twilio's console
TWILIO_AUTH_TOKEN | needed with it | 0123456789abcdef0123456789abcdef | signs what Twilio sends us
TWILIO_NUMBER | needed with it | +442079460100 | with `+` and country code
TWILIO_WHATSAPP_NUMBER | the number | +442079460101 | the WhatsApp sender
TWILIO_WHATSAPP_TEMPLATE | none | HX0123456789abcdef0123456789abcdef | the template for answers after 24 hours
TWILIO_PHONE_ANSWER | `sms` | call | `call`: callers are called back and the answer is read out
TWILIO_VOICE | Twilio's own | de-DE=Polly.Vicki-Neural,en-GB=Polly.Amy-Neural | which of Twilio's voices speaks a language
TWILIO_LANGUAGE | `en-US` | en-GB,+4930123456=de-DE | what callers hear and speak, by number where there are several; see [channels.md](channels.md#phone)
TWILIO_CONSENT_EN | our own sentence | Calls are written down to answer you. | what callers are told in English of what becomes of their words
TWILIO_CONSENT_DE | our own sentence | Ihr Anruf wird aufgeschrieben. | in German
TWILIO_CONSENT_ES | our own sentence | Su llamada se transcribe. | in Spanish
TWILIO_CONSENT_FR | our own sentence | Votre appel est transcrit. | in French
TWILIO_API_URL | `https://api.twilio.com` | http://127.0.0.1:8481/twilio | for the sandbox
# Salesforce
SALESFORCE_URL | Salesforce is off | https://acme.my.salesforce.com | your My Domain; what it is good for: [crm.md](crm.md#salesforce)
SALESFORCE_CLIENT_ID | needed with it | 3MVG9abcd | key of the app
SALESFORCE_CLIENT_SECRET | this or the next two | 1A2B3C4D | secret of the app
SALESFORCE_USERNAME | none | desk@acme.example | instead of the secret: the user
SALESFORCE_PRIVATE_KEY_FILE | none | salesforce.pem | and the RSA key (PEM)
SALESFORCE_FIELDS | none | Contact.Plan__c,Account.Health__c | fields on cards
SALESFORCE_ANSWER_FIELDS | none | Contact.Plan__c | fields on cards that answers may use, too
SALESFORCE_DAILY_REQUESTS | no bound of our own | 20000 | how many requests of the org's day are ours, per process
SALESFORCE_WRITE_BACK | `no` | yes | `yes`: a case per conversation, a comment per message and note, a completed task per answer
SALESFORCE_CASE_FIELD | `Threadpilot_Id__c` | Desk_Id__c | the text field of Case, *unique* and *external id*, that holds our id
SALESFORCE_CASE_STATUSES | `Escalated` and `Closed`, else `Working` | answered=On Hold,resolved=Closed | how your org calls what we call so
SALESFORCE_POLL_SECONDS | `120` | 300 | how often changes of cases by people are looked for (one request each time)
# Zendesk
ZENDESK_URL | Zendesk is off | https://acme.zendesk.com | needs `pip install 'threadpilot[zendesk]'`; what it is good for: [channels.md](channels.md#zendesk)
ZENDESK_CLIENT_ID | this and the next | threadpilot | an OAuth client
ZENDESK_CLIENT_SECRET | needed with it | 5e4f3a2b | its secret
ZENDESK_OAUTH_TOKEN | none | 0a1b2c3d | instead of the client: one fixed token
ZENDESK_WEBHOOK_SECRET | tickets stay tickets | dGhyZWFkcGlsb3Q= | the webhook's signing secret: tickets that begin in Zendesk become conversations
ZENDESK_WRITE_BACK | `no` | yes | `yes`: conversations of all channels are put on record as tickets
ZENDESK_FIELDS | none | 36001=channel,36002=confidence | custom fields of new tickets
"""


def _read() -> Iterator[Variable]:
    part = ""
    for line in _CATALOG.strip().splitlines():
        if line.startswith("# "):
            part = line.removeprefix("# ")
        else:
            name, default, example, meaning = line.split(" | ")
            yield Variable(part, name, default, example, meaning)


CATALOG = tuple(_read())

_HEAD = """\
# Configuration

Every setting there is, made from the code by `make reference`; a test holds this page against it. Read once at start, from the
environment and from `.env` in the working directory (`--env-file FILE` for another); the environment wins. What is half set or
malformed stops the start with exit code 2 and a sentence for each, all at once. A name that looks like one of these and is none is said in
the log. Thresholds, modes, business hours and the team are set with `/cockpit` and kept in the database ([teamwork.md](teamwork.md)).

**Secrets** (🔑) may stand in a file instead, which `NAME_FILE` names, such as `SLACK_BOT_TOKEN_FILE=/run/secrets/slack`.
"""


def reference() -> str:
    """Return `docs/configuration.md`."""
    lines, part = [_HEAD.rstrip()], ""
    for variable in CATALOG:
        if variable.part != part:
            part = variable.part
            lines += ["", f"## {part}", "", "| variable | default | example | meaning |", "|---|---|---|---|"]
        key = " 🔑" if variable.is_secret else ""
        cells = (f"`{variable.name}`{key}", variable.default, f"`{variable.example}`", variable.meaning)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
