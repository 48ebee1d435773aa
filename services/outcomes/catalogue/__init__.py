"""The catalogue of feeds: which there are, what their columns and codes are, templates to fill, what is missing."""
