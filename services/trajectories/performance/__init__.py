"""The performance report: any measure, any community, any months, as it was known then or now.

A question passes `schemas` (what may be asked), `questions` (understanding it), `reach` (which facts it needs), `queries`
(one read of them), `rules` (sums, completeness, protection), `series` and `notes` (what is shown and said), `answers` (the one
view that every format shows) and `renderings`; `reporting` leads it through, and `kept` holds the bytes for whoever asks again.
"""
