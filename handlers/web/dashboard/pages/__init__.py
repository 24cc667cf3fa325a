"""The pages, as pure functions of what was counted."""
