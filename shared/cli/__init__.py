"""The `icc` command line: a module for a command, or for the few that belong together, loaded when it is called.

It is above the services though it lies in `shared`: `development.py` loads a service by its name, which no other module
of `shared` may do and no import contract sees.

| question | file |
| --- | --- |
| which commands there are, and how an error becomes a sentence | `__main__.py` |
| `icc up`, `icc migrate` | `system.py` |
| `icc token`, and the tokens that other commands make | `tokens.py` |
| `icc push`: a council sends a file | `push.py` |
| `icc status`, `icc rebuild`: health, queues, lag, facts again | `operations.py` |
| `icc revoke`: a client or token is refused everywhere | `revoke.py` |
| `icc audit verify` | `audit.py` |
| `icc test`, `icc check`, `icc fix`, `icc openapi` | `development.py` |
| whether migrations give the tables; a new migration | `revise.py` |
| options that commands share | `options.py` |
| how a service is called, and its refusal becomes a sentence | `calls.py` |
"""
