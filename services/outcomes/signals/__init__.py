"""What the platform tells of a council's returns: one is due soon, one is late, one was revised. Each is told once."""
