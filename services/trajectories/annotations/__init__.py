"""What people note of a community, a measure and a month, and what notes itself; a *rebase* begins new limits of a chart."""
