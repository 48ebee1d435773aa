"""Background work: a row with a state in PostgreSQL, claimed under a lease; Redis only rings a bell.

`tables` the row · `claims` the row's life, in SQL · `jobs` what a handler is given · `worker` the process that runs them ·
`upkeep`, `pruning` what every worker does · `metrics` what it counts · `nudges` the bell (the one module that knows arq) ·
`after_commit` whom to wake then · `routes` what an operator sees and may do.
"""

from shared.work.claims import add_work
from shared.work.jobs import Job, WorkKind
from shared.work.nudges import Nudges
from shared.work.worker import Periodic, run_worker

__all__ = ["Job", "Nudges", "Periodic", "WorkKind", "add_work", "run_worker"]
