"""What a file of activity says. Pure."""
