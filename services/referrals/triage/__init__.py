"""Whether a referral is taken on: a case manager's decision, and the sender's change of mind."""
