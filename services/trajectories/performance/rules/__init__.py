"""What a performance figure is, without any input or output.

`question` says what is asked and which months a point covers. `places` says what counts to a community. `figure` is one, `figures` adds
cells up. `audience` says whose true figures a caller may see. `protection` says what a small count may not show. `view`
shows the figures as one audience may see them.
"""
