"""Showing the catalogue of measures, with the protection that the report gives their figures."""
