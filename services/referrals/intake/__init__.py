"""How referrals arrive: one strict body, checked wholly, stored once, answered in milliseconds."""
