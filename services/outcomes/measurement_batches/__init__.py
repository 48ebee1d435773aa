"""Batches of measurements: a line each, checked while they arrive, stored together; good lines are taken, bad ones named."""
