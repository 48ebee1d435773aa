"""What a cut shows: pure decisions, the same for everybody who asks."""
