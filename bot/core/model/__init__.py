"""The words of the product as plain values. Nothing here looks anything up or changes in place.

Times are timezone-aware UTC; ids are lower-case hexadecimal UUIDs unless said otherwise; confidences are
probabilities from 0 to 1. Import them from here; each module inside has one theme.
"""

from bot.core.model.actor import Actor
from bot.core.model.case import Case
from bot.core.model.channel import Channel
from bot.core.model.conversation import Closed, Conversation, Event, Merge, MovedMessage, Status
from bot.core.model.customer import Customer
from bot.core.model.decision import Action, Decision, Reason, Verdict
from bot.core.model.delivery import Delivery, DeliveryState
from bot.core.model.draft import ASKS_BACK, Cited, Draft, Evidence, Flag, ModelWork, Proposal, Source, Usage
from bot.core.model.ids import new_id
from bot.core.model.message import NEXT, Attachment, Inbound, Message, Note, Returned, Sender, by_people
from bot.core.model.rating import BEST_SCORE, Rating, RatingRequest
from bot.core.model.record import Ref, RefState
from bot.core.model.rules import AnsweredBy, AskEmail, Mode, Rules, Topic
from bot.core.model.suggestion import LONGEST_QUESTION, LONGEST_TEXT, LONGEST_TITLE, Suggestion

__all__ = [
    "ASKS_BACK",
    "BEST_SCORE",
    "LONGEST_QUESTION",
    "LONGEST_TEXT",
    "LONGEST_TITLE",
    "NEXT",
    "Action",
    "Actor",
    "AnsweredBy",
    "AskEmail",
    "Attachment",
    "Case",
    "Channel",
    "Cited",
    "Closed",
    "Conversation",
    "Customer",
    "Decision",
    "Delivery",
    "DeliveryState",
    "Draft",
    "Event",
    "Evidence",
    "Flag",
    "Inbound",
    "Merge",
    "Message",
    "Mode",
    "ModelWork",
    "MovedMessage",
    "Note",
    "Proposal",
    "Rating",
    "RatingRequest",
    "Reason",
    "Ref",
    "RefState",
    "Returned",
    "Rules",
    "Sender",
    "Source",
    "Status",
    "Suggestion",
    "Topic",
    "Usage",
    "Verdict",
    "by_people",
    "new_id",
]
