"""The case that an accepted referral opens: who works with the person from then on, until the discharge."""
