"""Erase and hand out everything about one customer."""
