"""Case finding: lists of people at risk, banded by their scores, as cohorts that name nobody; only the practice knows who they are."""
