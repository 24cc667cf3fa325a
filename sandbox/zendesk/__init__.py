"""A stand-in for Zendesk: OAuth, tickets, comments, users, search, incremental exports, and signed webhooks."""

PLACE = "zendesk"
CLIENT_ID = "threadpilot"
CLIENT_SECRET = "stand-in-client-secret"  # noqa: S105 - it opens nothing
STATIC_TOKEN = "stand-in-oauth-token"  # noqa: S105
WEBHOOK_SECRET = "stand-in-webhook-signing-secret"  # noqa: S105
ACCOUNT = "12514403"
INTEGRATION, AGENT = 1001, 1002  # The users that the app is, and that people in Zendesk are.
