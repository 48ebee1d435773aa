"""Activity of hospitals and practices: monthly counts and records, counted while they stream in, and nothing of a record kept."""
