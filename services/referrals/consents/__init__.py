"""What a person, or somebody for them, agreed to have shared with whom, and what was taken back."""
