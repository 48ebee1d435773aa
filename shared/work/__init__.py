"""Background work: a row with a state in PostgreSQL, claimed under a lease; Redis only rings a bell.

`tables` the row · `claims` the row's life, in SQL · `nudges` the bell (the one module that knows arq) · `after_commit` whom
to wake then · `metrics` what a worker counts. The processes that do the work stand in `shared/service`.
"""

from shared.work.claims import add_work
from shared.work.nudges import Nudges

__all__ = ["Nudges", "add_work"]
