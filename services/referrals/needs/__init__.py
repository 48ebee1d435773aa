"""What a community needs, on one page: counts of a quarter, never a person."""
