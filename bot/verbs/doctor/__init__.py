"""Try every integration, and say what to do."""
