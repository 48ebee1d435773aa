"""The whole system on one machine: real PostgreSQL and Valkey from wheels, and the services, under one supervisor.

| question | file |
| --- | --- |
| what can go wrong, and what is said then | `failures.py` |
| which ports are free | `ports.py` |
| where data, keys and logs lie, and who may use them | `directory.py` |
| how a child process is started, and dies with its parent | `processes.py`, `guardian.py` |
| which unprivileged account PostgreSQL gets when we are root | `accounts.py` |
| how the embedded servers are made and started | `postgres.py`, `valkey.py` |
| throw-away servers for tests | `temporary.py` |
| restart, readiness, stopping order | `supervisor.py` |
| databases, roles, migrations, grants | `databases.py`, `grants.py` |
| how they are brought up to date | `migrate.py`, `migrations.py`, `freshness.py` |
| what `icc up` starts | `stack.py`, `up.py` |
| when an API or a worker is ready | `probes.py`, `readiness.py` |
| how long logs are kept | `logs.py` |
| metrics of the workers | `metrics.py` |
"""
