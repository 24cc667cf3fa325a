"""Measure the answers on labelled examples."""
