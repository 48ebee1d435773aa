"""What a performance figure is, without any input or output.

`question` what is asked · `periods` which months a point covers · `places` what counts to a community · `figures` sums of
cells · `audience` whose true figures a caller may see · `protection` what a small count may not show · `view` the figures as
one audience may see them.
"""
