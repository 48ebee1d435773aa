"""What was promised for a period: a value, or an increase on a baseline as it was known when the target was set."""
