"""Verify, export and replay the audit log."""
