"""threadpilot: a self-hosted, Slack-first customer-support cockpit."""
