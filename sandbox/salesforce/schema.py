"""Which objects an org has, their fields, and how they hang together. Names are Salesforce's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

REFERENCE, TEXT, FLAG, NUMBER, DAY, MOMENT = "reference", "string", "boolean", "double", "date", "datetime"


@dataclass(frozen=True)
class Kind:
    """One object: `parents` are relationship -> (field, object), `children` relationship -> (object, field)."""

    name: str
    prefix: str
    fields: Mapping[str, str]
    required: tuple[str, ...] = ()
    parents: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    children: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    external: tuple[str, ...] = ()
    longest: Mapping[str, int] = field(default_factory=dict)
    custom: Mapping[str, str] = field(default_factory=dict)

    @property
    def all_fields(self) -> Mapping[str, str]:
        return {**_SYSTEM, **self.fields}

    def field_named(self, name: str) -> str | None:
        """Return how the API spells a field; names are read without regard to case."""
        return next((known for known in self.all_fields if known.lower() == name.lower()), None)

    def label(self, name: str) -> str:
        """Return what people call a field."""
        return self.custom.get(name) or name


_SYSTEM = {
    "Id": "id",
    "IsDeleted": FLAG,
    "CreatedDate": MOMENT,
    "CreatedById": REFERENCE,
    "LastModifiedDate": MOMENT,
    "LastModifiedById": REFERENCE,
    "SystemModstamp": MOMENT,
}
READ_ONLY = frozenset({*_SYSTEM, "CaseNumber", "IsClosed", "ClosedDate", "Name:Contact"})
_OWNER = {"Owner": ("OwnerId", "User")}

_ALL = (
    Kind("User", "005", {"Name": TEXT, "Username": TEXT, "Email": "email", "UserType": "picklist"}),
    Kind(
        "Account",
        "001",
        {
            "Name": TEXT,
            "Industry": TEXT,
            "Type": TEXT,
            "Rating": TEXT,
            "Phone": "phone",
            "AnnualRevenue": NUMBER,
            "NumberOfEmployees": "int",
            "OwnerId": REFERENCE,
            "Health__c": TEXT,
        },
        ("Name",),
        _OWNER,
        {
            "Contacts": ("Contact", "AccountId"),
            "Cases": ("Case", "AccountId"),
            "Opportunities": ("Opportunity", "AccountId"),
            "Entitlements": ("Entitlement", "AccountId"),
            "Tasks": ("Task", "WhatId"),
        },
        custom={"Health__c": "Health"},
    ),
    Kind(
        "Contact",
        "003",
        {
            "Name": TEXT,
            "FirstName": TEXT,
            "LastName": TEXT,
            "Email": "email",
            "Phone": "phone",
            "MobilePhone": "phone",
            "Title": TEXT,
            "MailingCountry": TEXT,
            "Description": "textarea",
            "AccountId": REFERENCE,
            "OwnerId": REFERENCE,
            "MasterRecordId": REFERENCE,
            "Plan__c": TEXT,
            "Customer_Since__c": DAY,
        },
        ("LastName",),
        {"Account": ("AccountId", "Account"), **_OWNER},
        {"Cases": ("Case", "ContactId"), "Tasks": ("Task", "WhoId")},
        longest={"FirstName": 40, "LastName": 80},
        custom={"Plan__c": "Plan", "Customer_Since__c": "Customer since"},
    ),
    Kind(
        "Case",
        "500",
        {
            "CaseNumber": TEXT,
            "Subject": TEXT,
            "Description": "textarea",
            "Status": "picklist",
            "Priority": "picklist",
            "Origin": "picklist",
            "SuppliedEmail": "email",
            "SuppliedName": TEXT,
            "IsClosed": FLAG,
            "ClosedDate": MOMENT,
            "ContactId": REFERENCE,
            "AccountId": REFERENCE,
            "OwnerId": REFERENCE,
            "Threadpilot_Id__c": TEXT,
        },
        (),
        {"Contact": ("ContactId", "Contact"), "Account": ("AccountId", "Account"), **_OWNER},
        {"CaseComments": ("CaseComment", "ParentId"), "Tasks": ("Task", "WhatId")},
        external=("Threadpilot_Id__c",),
        longest={"Subject": 255, "Description": 32_000, "Threadpilot_Id__c": 255},
        custom={"Threadpilot_Id__c": "Threadpilot Id"},
    ),
    Kind(
        "CaseComment",
        "00a",
        {"ParentId": REFERENCE, "CommentBody": "textarea", "IsPublished": FLAG},
        ("ParentId",),
        {"Parent": ("ParentId", "Case"), "CreatedBy": ("CreatedById", "User")},
        longest={"CommentBody": 4_000},
    ),
    Kind(
        "Opportunity",
        "006",
        {
            "Name": TEXT,
            "StageName": "picklist",
            "Amount": "currency",
            "CloseDate": DAY,
            "IsClosed": FLAG,
            "AccountId": REFERENCE,
            "OwnerId": REFERENCE,
        },
        ("Name", "StageName", "CloseDate"),
        {"Account": ("AccountId", "Account"), **_OWNER},
    ),
    Kind(
        "Entitlement",
        "550",
        {"Name": TEXT, "Status": TEXT, "StartDate": DAY, "EndDate": DAY, "AccountId": REFERENCE},
        ("Name", "AccountId"),
        {"Account": ("AccountId", "Account")},
    ),
    Kind(
        "Task",
        "00T",
        {
            "Subject": TEXT,
            "Description": "textarea",
            "Status": "picklist",
            "Type": "picklist",
            "ActivityDate": DAY,
            "WhoId": REFERENCE,
            "WhatId": REFERENCE,
            "OwnerId": REFERENCE,
        },
        (),
        {"Who": ("WhoId", "Contact"), "What": ("WhatId", "Case"), **_OWNER},
        longest={"Subject": 255, "Description": 32_000},
    ),
)
KINDS = {kind.name: kind for kind in _ALL}


def kind_named(name: str) -> Kind | None:
    """Return an object by its name, without regard to case."""
    return next((kind for kind in _ALL if kind.name.lower() == name.lower()), None)


def described(kind: Kind) -> dict[str, object]:
    """Return what `/describe` says, as far as clients read it."""
    return {
        "name": kind.name,
        "label": kind.name,
        "keyPrefix": kind.prefix,
        "queryable": True,
        "createable": True,
        "updateable": True,
        "custom": False,
        "fields": [_field(kind, name, type_) for name, type_ in kind.all_fields.items()],
        "childRelationships": [
            {"relationshipName": name, "childSObject": child, "field": field_}
            for name, (child, field_) in kind.children.items()
        ],
    }


def _field(kind: Kind, name: str, type_: str) -> dict[str, object]:
    writable = name not in READ_ONLY and f"{name}:{kind.name}" not in READ_ONLY
    relation, target = next(
        ((parent, to) for parent, (key, to) in kind.parents.items() if key == name), (None, None)
    )
    return {
        "name": name,
        "label": kind.label(name),
        "type": type_,
        "custom": name.endswith("__c"),
        "externalId": name in kind.external,
        "createable": writable,
        "updateable": writable,
        "nillable": name not in kind.required,
        "relationshipName": relation,
        "referenceTo": [target] if target else [],
    }
