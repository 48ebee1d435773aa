"""What a community means to do in a year: objectives, the people it has for them, and what was learnt."""
