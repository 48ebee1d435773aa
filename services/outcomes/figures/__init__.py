"""What measurements of people give to the performance report: counts of people by place and month, never a person."""
