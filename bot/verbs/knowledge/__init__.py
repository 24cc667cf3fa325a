"""Bring articles in, and find what is wrong with them."""
