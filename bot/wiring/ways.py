"""The ways to customers, by which answers go out."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.model import Channel
from bot.core.ports.channels import CustomerChannel
from bot.process.faults import CrashingChannel
from bot.services.chat import ChatChannel
from bot.wiring.checks import MAIL_OUT, TWILIO, ZENDESK
from bot.wiring.ground import Ground
from bot.wiring.helpdesk import HelpDesk, help_desk
from bot.wiring.mail import mail_lines, tokens_of
from bot.wiring.surveying import Surveying, surveying
from bot.wiring.telephony import phone_channels, twilio_of
from integrations.email.oauth import Tokens
from integrations.twilio.client import TwilioApi
from storage.database import utc_now


@dataclass(frozen=True)
class Ways:
    """The ways to customers, and what belongs to them."""

    channels: Mapping[Channel, CustomerChannel]
    survey: Surveying
    zendesk: HelpDesk
    twilio: TwilioApi | None
    tokens: Tokens | None


def ways_of(ground: Ground) -> Ways:
    """Make the channels that the settings switch on, and what belongs to them."""
    settings, breakers, stack = ground.settings, ground.breakers, ground.stack
    tokens = tokens_of(settings.mail.oauth if settings.mail else None, ground.session)
    twilio = twilio_of(settings.twilio, stack)
    zendesk = help_desk(
        settings.zendesk, ground.backend, ground.intake, ground.content, breakers[ZENDESK], stack
    )
    lines = mail_lines(settings, ground.secret, breakers[MAIL_OUT], tokens)
    lines |= phone_channels(settings.twilio, twilio, breakers[TWILIO], settings.slack.routes)
    lines |= zendesk.lines
    channels: dict[Channel, CustomerChannel] = {Channel.CHAT: ChatChannel(utc_now)}
    channels |= {channel: CrashingChannel(line, ground.crash) for channel, line in lines.items()}
    survey = surveying(settings, ground.database, ground.secret, lines)
    return Ways(channels, survey, zendesk, twilio, tokens)
