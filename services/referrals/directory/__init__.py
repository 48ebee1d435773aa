"""The directory: partners, their services with capacity and freshness, and the search of a link worker."""
