"""What a performance figure is, without any input or output.

`periods` which months a point covers · `places` what counts to a community · `figures` sums of cells ·
`protection` what a small count may not show · `view` the figures as one audience may see them.
"""
