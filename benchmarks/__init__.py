"""Speed, measured as a ratio to a limit taken beside us in the same run. `python -m benchmarks` prints the table."""
