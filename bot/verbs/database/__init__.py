"""Migrate, back up, restore, and encrypt anew."""
