"""A referral goes to another community, team or practice with its case: its clocks and figures stay as they were."""
