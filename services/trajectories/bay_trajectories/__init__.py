"""What the whole system plans month by month: the Bay-wide trajectory that is shared out among the communities."""
