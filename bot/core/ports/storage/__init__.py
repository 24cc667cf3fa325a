"""What is kept: one small store per aggregate, all bound to one transaction.

Import them from here; each module inside has one theme.
"""

from bot.core.ports.storage.audit import Audit
from bot.core.ports.storage.chat import Chat, ChatEvent, ChatSession, Unseen, Visitor
from bot.core.ports.storage.conversations import Conversations, Events, Notes
from bot.core.ports.storage.customers import Customers, OptOuts
from bot.core.ports.storage.deliveries import Deliveries
from bot.core.ports.storage.desk import DeskLine, DeskPost, DeskPosts, DeskRun, DeskRuns
from bot.core.ports.storage.drafts import Assessments, Decisions, Drafts, Suggestions, Verdicts
from bot.core.ports.storage.mailboxes import Bookmark, Mailboxes
from bot.core.ports.storage.messages import Attachments, Messages, RawMails
from bot.core.ports.storage.once import Periodic, Receipts
from bot.core.ports.storage.records import ExternalRefs
from bot.core.ports.storage.settings import Setting, SettingRow, Settings
from bot.core.ports.storage.transaction import Database, Transaction

__all__ = [
    "Assessments",
    "Attachments",
    "Audit",
    "Bookmark",
    "Chat",
    "ChatEvent",
    "ChatSession",
    "Conversations",
    "Customers",
    "Database",
    "Decisions",
    "Deliveries",
    "DeskLine",
    "DeskPost",
    "DeskPosts",
    "DeskRun",
    "DeskRuns",
    "Drafts",
    "Events",
    "ExternalRefs",
    "Mailboxes",
    "Messages",
    "Notes",
    "OptOuts",
    "Periodic",
    "RawMails",
    "Receipts",
    "Setting",
    "SettingRow",
    "Settings",
    "Suggestions",
    "Transaction",
    "Unseen",
    "Verdicts",
    "Visitor",
]
