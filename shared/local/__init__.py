"""The whole system on one machine: real PostgreSQL and Valkey from wheels, and the services, under one supervisor.

| question | file |
| --- | --- |
| what `icc up` does, step by step | `up.py` |
| what `icc migrate` does | `migrate.py` |
| which programs run, with which settings | `stack.py` |
| restart, readiness, stopping order | `supervisor.py` |
| how a child process starts, logs, and dies with its parent | `processes.py` |
| how the embedded servers are made and started | `postgres.py`, `valkey.py` |
| databases, roles, what a role may do, whether a database is up to date | `databases.py` |
| the process that migrates | `migrations.py` |
| which ports are free, and whether a service answers on one | `ports.py` |
| where data, keys and logs lie, and who may use them | `directory.py` |
| what `icc backup` and `icc restore` do | `backup.py`, `restore.py` |
| what a backup holds, and the programs that dump and fill a database | `manifest.py`, `dumps.py` |
| as whom a service runs, what is in its own folder | `accounts.py`, `homes.py` |
| metrics of the workers | `worker_metrics.py` |
| throw-away servers for tests | `temporary.py` |
"""


class LocalError(Exception):
    """Something on this machine stands in the way; `str()` is the whole message for the person at the terminal.

    exit_code: 1 when the machine or a server failed, 2 when the command was given something it cannot use.
    """

    def __init__(self, sentence: str, *, exit_code: int = 1) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code
