"""The stand-in for Salesforce: its REST API with the records of the demo company."""

PLACE = "salesforce"
CLIENT_ID = "3MVG9sandbox.Northwind_support_desk"
CLIENT_SECRET = "sandbox-only-4F2A9C"  # noqa: S105 - of a stand-in on this machine.
USERNAME = "threadpilot@northwind.example"
