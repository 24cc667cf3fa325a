"""Zendesk: tickets, their comments and status, users, articles."""
