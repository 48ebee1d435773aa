"""The `icc` command line: one module for each command or group, loaded only when it is called.

It stands above the services though it lies in `shared`: `openapi.py` loads a service by its name, which no
other module of `shared` may do and no import contract sees.

| question | file |
| --- | --- |
| which commands there are, and how an error becomes a sentence | `__main__.py` |
| options that commands share | `options.py` |
| the whole system on this machine | `up.py` |
| tokens of the local key | `token.py`, `minting.py` |
| a council pushes a file | `push.py`, `submissions.py`, `report.py` |
| health, queues, lag | `status.py` |
| migrations | `migrate.py` |
| facts again from their authors | `rebuild.py` |
| a service's schema | `openapi.py` |
| the audit chain | `audit.py` |
| tests and checks of the repository | `test.py`, `check.py`, `fix.py`, `drift.py`, `revise.py` |
"""
