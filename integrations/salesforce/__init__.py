"""Salesforce: who a customer is, in one call, and what came of a conversation, written back."""
