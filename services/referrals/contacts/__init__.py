"""Contacts with a person and those around them: visits, calls, letters."""
