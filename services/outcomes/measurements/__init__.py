"""Measurements of people: stored under a pseudonym, scored by their instrument, compared with the first of their episode."""
