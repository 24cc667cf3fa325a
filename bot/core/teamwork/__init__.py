"""Teamwork: who is there when, how soon somebody has to answer, and whose turn it is. Pure arithmetic."""
