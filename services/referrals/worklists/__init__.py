"""What is to be done next, for whom and by when: the lists of communities, teams and people, and who has which referral."""
