"""What the demo company's org holds at first: an account and a contact for each customer, and what is open there."""

import time
from datetime import UTC, datetime

from sandbox.salesforce import USERNAME
from sandbox.salesforce.schema import KINDS
from sandbox.salesforce.state import State
from sandbox.wire import Record

_DAY = 86_400
_OWNERS = ("Ines Falk", "Tom Reyes")
_CASES = (
    ("Tent pole broke on the second trip", "High"),
    ("Invoice shows the old address", "Medium"),
    ("Wrong size delivered", "Medium"),
    ("Asks for a spare stove valve", "Low"),
)
_TALKS = ("Call: delivery date agreed", "E-mail: thanks for the review", "Call: asked about bulk prices")


def settle(state: State, customers: list[Record]) -> None:
    """Fill an empty org; one that has records stays as it is."""
    users = state.all(KINDS["User"])
    if users:
        state.user = users[0]["Id"]
        return
    us = state.create(
        KINDS["User"],
        {"Name": "threadpilot", "Username": USERNAME, "Email": USERNAME, "UserType": "Standard"},
    )
    state.user = us["Id"]
    owners = [
        state.create(
            KINDS["User"],
            {
                "Name": name,
                "Username": f"{name.split()[0].lower()}@northwind.example",
                "UserType": "Standard",
            },
        )
        for name in _OWNERS
    ]
    for number, customer in enumerate(customers):
        _settle_one(state, number, customer, owners[number % len(owners)]["Id"])


def _settle_one(state: State, number: int, customer: Record, owner: str) -> None:
    company, gold = customer["company"], customer["plan"] == "Gold"
    account = _account(state, number, customer, owner)
    contact = _contact(state, customer, {"AccountId": account["Id"], "OwnerId": owner})
    theirs = {"ContactId": contact["Id"], "AccountId": account["Id"], "OwnerId": owner}
    for nth in range(number % 3):
        _open_case(state, number + nth, "Closed" if nth else "Working", theirs)
    account_id = {"AccountId": account["Id"]}
    if company:
        deal = {"Name": f"{company}: spring order", "StageName": "Proposal", "Amount": 2_400 + 350 * number}
        state.create(KINDS["Opportunity"], deal | {"CloseDate": _day(60)} | account_id)
    if gold:
        cover = {"Name": "Gold support", "Status": "Active", "StartDate": _day(-200), "EndDate": _day(165)}
        state.create(KINDS["Entitlement"], cover | account_id)
    if number % 2 == 0:
        talk = {
            "Subject": _TALKS[number % len(_TALKS)],
            "Status": "Completed",
            "ActivityDate": _day(-3 - number),
        }
        state.create(KINDS["Task"], talk | {"WhoId": contact["Id"], "OwnerId": owner})


def _account(state: State, number: int, customer: Record, owner: str) -> Record:
    company, last = customer["company"], customer["name"].rpartition(" ")[2]
    return state.create(
        KINDS["Account"],
        {
            "Name": company or f"{last} Household",
            "Industry": "Outdoor retail" if company else None,
            "Type": "Business customer" if company else None,
            "OwnerId": owner,
            "Health__c": ("Good", "Good", "At risk")[number % 3],
        },
    )


def _contact(state: State, customer: Record, theirs: Record) -> Record:
    first, _, last = customer["name"].rpartition(" ")
    return state.create(
        KINDS["Contact"],
        {
            "FirstName": first,
            "LastName": last or customer["name"],
            "Email": customer["email"] or None,
            "Phone": customer["phone"] or None,
            "Description": customer["note"] or None,
            "Title": "Buyer" if customer["company"] else None,
            **theirs,
            "Plan__c": customer["plan"] or None,
            "Customer_Since__c": customer["since"] or None,
        },
    )


def _open_case(state: State, which: int, status: str, theirs: Record) -> None:
    subject, priority = _CASES[which % len(_CASES)]
    case = {"Subject": subject, "Priority": priority, "Status": status, "Origin": "Email"}
    state.create(KINDS["Case"], case | theirs)


def _day(ahead: int) -> str:
    return datetime.fromtimestamp(time.time() + ahead * _DAY, UTC).date().isoformat()
