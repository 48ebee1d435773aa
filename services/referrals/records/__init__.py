"""A referral as it stands: the row, its events, who may see it, reading, listing and searching."""
