"""The ways in which customers reach us."""

from enum import StrEnum


class Channel(StrEnum):
    """The way a customer reaches us (a Slack channel is always called a Slack channel)."""

    EMAIL = "email"
    CHAT = "chat"
    SMS = "sms"
    PHONE = "phone"
    ZENDESK = "zendesk"
