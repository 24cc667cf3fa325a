"""Core values with sensible defaults, all at one fixed moment; name only what a test is about.

Ids follow from what identifies a thing (a message's conversation and seq, a draft's turn and version …), so that two
builders with the same arguments make the same thing, and the defaults refer to each other.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from bot.core.model import (
    Action,
    Case,
    Channel,
    Conversation,
    Customer,
    Decision,
    Delivery,
    DeliveryState,
    Draft,
    Event,
    Evidence,
    Message,
    Note,
    Proposal,
    Reason,
    Ref,
    RefState,
    Sender,
    Source,
    Status,
    Verdict,
)

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@lru_cache(10_000)
def stable_id(*parts: object) -> str:
    """Return the id that belongs to these parts, the same in every run."""
    return uuid5(NAMESPACE_URL, "/".join(map(str, parts))).hex


def customer(**values: Any) -> Customer:
    """Ada, who writes e-mails; another `address` makes another customer."""
    given = {"channel": Channel.EMAIL, "address": "ada@customer.example", "name": "Ada Quill"} | values
    identity = stable_id("customer", given["channel"], given["address"])
    return Customer(**{"id": identity, "created_at": AT} | given)


def conversation(**values: Any) -> Conversation:
    """A conversation in its first turn, identified, that is ours to work on."""
    defaults: dict[str, Any] = {
        "id": stable_id("conversation"),
        "customer_id": customer().id,
        "channel": Channel.EMAIL,
        "address": "ada@customer.example",
        "status": Status.WORKING,
        "created_at": AT,
        "updated_at": AT,
        "subject": "Where is my parcel?",
        "turn": 1,
        "identified": True,
        "version": 1,
    }
    return Conversation(**defaults | values)


def message(**values: Any) -> Message:
    """The customer's first message; `sender` and `seq` make others."""
    given: dict[str, Any] = {"conversation_id": stable_id("conversation"), "seq": 1} | values
    identity = stable_id("message", given["conversation_id"], given["seq"])
    defaults: dict[str, Any] = {
        "id": identity,
        "turn": 1,
        "sender": Sender.CUSTOMER,
        "content": "Where is my parcel? I ordered it a week ago.",
        "created_at": AT,
        "external_id": f"<{identity[:12]}@customer.example>",
    }
    return Message(**defaults | given)


def note(**values: Any) -> Note:
    """A note typed in the thread."""
    given: dict[str, Any] = {
        "conversation_id": stable_id("conversation"),
        "author": "U0AGENT",
        "content": "The carrier lost one van on Friday.",
        "desk_ref": "C0MAIL:1763888400.000100",
        "created_at": AT,
    } | values
    return Note(**{"id": stable_id("note", given["desk_ref"])} | given)


def event(**values: Any) -> Event:
    """Something that happened to the conversation."""
    given: dict[str, Any] = {
        "conversation_id": stable_id("conversation"),
        "text": "Ben took this conversation.",
        "created_at": AT,
    } | values
    identity = stable_id("event", given["conversation_id"], given["text"])
    return Event(**{"id": identity} | given)


def proposal(**values: Any) -> Proposal:
    """A good answer resting on one article."""
    defaults: dict[str, Any] = {
        "text": "Your parcel is on its way and arrives within 3 working days. [1]",
        "confidence": 0.93,
        "sources": (
            Source(1, "delivery-times", "Delivery times", "https://help.northwind.example/delivery-times"),
        ),
        "evidence": (
            Evidence("The article answers the same question.", 1.8),
            Evidence("Only one article fits.", 0.6),
        ),
    }
    return Proposal(**defaults | values)


def draft(**values: Any) -> Draft:
    """The first draft of the first turn."""
    given: dict[str, Any] = {"conversation_id": stable_id("conversation"), "turn": 1, "version": 1} | values
    identity = stable_id("draft", given["conversation_id"], given["turn"], given["version"])
    return Draft(**{"id": identity, "proposal": proposal(), "created_at": AT} | given)


def decision(**values: Any) -> Decision:
    """The policy's decision that the first draft needs a look; `actor` makes it a person's."""
    given: dict[str, Any] = {
        "conversation_id": stable_id("conversation"),
        "turn": 1,
        "action": Action.REVIEW,
        "actor": None,
    } | values
    given = {"draft_id": draft(conversation_id=given["conversation_id"], turn=given["turn"]).id} | given
    defaults: dict[str, Any] = {
        "id": stable_id("decision", given["draft_id"], given["action"], given["actor"]),
        "reasons": (Reason("below_threshold", "93 % is below the 95 % needed to send by itself"),),
        "threshold": 0.95,
        "policy_version": "1",
        "created_at": AT,
    }
    return Decision(**defaults | given)


def delivery(**values: Any) -> Delivery:
    """The first draft's answer, waiting to be sent."""
    given: dict[str, Any] = {"conversation_id": stable_id("conversation"), "turn": 1} | values
    place = {"conversation_id": given["conversation_id"], "turn": given["turn"]}
    given = {"decision_id": decision(action=Action.SEND, **place).id, "draft_id": draft(**place).id} | given
    defaults: dict[str, Any] = {
        "id": stable_id("delivery", given["conversation_id"], given["decision_id"]),
        "channel": Channel.EMAIL,
        "address": "ada@customer.example",
        "text": proposal().text,
        "sender": Sender.AI,
        "author": "",
        "state": DeliveryState.PENDING,
        "created_at": AT,
        "updated_at": AT,
    }
    return Delivery(**defaults | given)


def verdict(**values: Any) -> Verdict:
    """An agent found the first draft good."""
    defaults = {"draft_id": draft().id, "good": True, "actor": "U0AGENT", "created_at": AT}
    return Verdict(**defaults | values)


def ref(**values: Any) -> Ref:
    """The conversation's record in the system `files`; `entry_id` makes another."""
    given: dict[str, Any] = {"conversation_id": stable_id("conversation")} | values
    defaults: dict[str, Any] = {
        "system": "files",
        "entry_id": given["conversation_id"],
        "state": RefState.DONE,
        "at": AT,
        "external_id": "1",
        "url": "https://files.example/1",
    }
    return Ref(**defaults | given)


def case(**values: Any) -> Case:
    """A conversation with one customer's message that nothing was done about yet."""
    defaults = {"conversation": conversation(), "customer": customer(), "messages": (message(),)}
    return Case(**defaults | values)
