"""Council feeds: how a return becomes figures.

Everything here is pure (no database, no HTTP) so that it can run inside the memory-limited child process that
parses files: `declarations` say what a feed and a printed table look like, the readers turn bytes into sheets,
`long_form` and `printed` turn sheets into figures, `reconciliation` holds printed totals against them.
"""
