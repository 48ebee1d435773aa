"""Summaries of measurements: distributions at first and repeat, and what changed in pairs of the same people."""
