"""Council feeds: how a return becomes figures.

Everything here is pure (no database, no HTTP), so that it can run in the memory-limited child process that parses files.
`parse_process` asks the child and `exchange` holds what passes between them. `declarations` say what a feed and a printed
table look like. In the child `parsing` leads: the readers turn bytes into `sheets`, `long_form` and `printed` turn sheets
into a `reading`, `reconciliation` holds printed totals against it.
"""
