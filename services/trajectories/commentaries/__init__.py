"""A sentence beside a chart and in the report: what a community says of its figures in a period."""
