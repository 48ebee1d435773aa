"""Reviews of what was planned for a person."""
