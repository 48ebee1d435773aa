"""Communities × measures on one page: what needs attention first."""
