"""Our client beside the stand-in for Salesforce, and what the stand-in counted."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.core.context import CustomerRecord, Keys, Urgency
from integrations.salesforce.budget import Budget
from integrations.salesforce.client import Login, SalesforceApi
from integrations.salesforce.fields import Field, Fields
from integrations.salesforce.source import SalesforceSource
from sandbox.salesforce import CLIENT_ID, CLIENT_SECRET
from sandbox.salesforce.schema import KINDS
from sandbox.server import Sandbox, SandboxConfig
from storage.database import utc_now

PLAN = (Field("Contact", "Plan__c", told=True), Field("Account", "Health__c"))


@dataclass
class Org:
    """The stand-in, and our parts over it."""

    sandbox: Sandbox
    api: SalesforceApi
    fields: Fields
    budget: Budget

    @property
    def state(self):
        return self.sandbox.salesforce.state

    @property
    def source(self) -> SalesforceSource:
        return SalesforceSource(self.api, self.fields, self.budget, utc_now)

    def login(self, **values: Any) -> Login:
        return Login(
            **({"url": self.sandbox.url, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET} | values)
        )

    async def look_up(self, *emails: str, urgency: Urgency = Urgency.ANSWER, **keys: Any) -> CustomerRecord:
        return await self.source.look_up(Keys(emails, **keys), urgency)

    def create(self, kind: str, **values: Any) -> dict[str, Any]:
        return self.state.create(KINDS[kind], values)

    def asked(self, path: str = "composite") -> list[dict[str, Any]]:
        """Return what was asked at a path that ends like this."""
        return [each for each in self.state.log if each["path"].rstrip("/").endswith(path)]

    def weather(self, **values: Any) -> None:
        self.sandbox.sky.report({"salesforce": values})


@pytest.fixture
async def org() -> AsyncIterator[Org]:
    sandbox = Sandbox(SandboxConfig(port=0))
    await sandbox.start()
    budget = Budget()
    login = Login(sandbox.url, CLIENT_ID, CLIENT_SECRET)
    api = SalesforceApi(login, budget, timeout=(2.0, 2.0), threads=20)
    yield Org(sandbox, api, Fields(api, PLAN), budget)
    await api.aclose()
    await sandbox.stop()
