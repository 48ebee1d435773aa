"""Background work: a row with a state in PostgreSQL, claimed under a lease; Redis only rings a bell.

| question | file |
| --- | --- |
| what is a row of work? | tables.py |
| how is it added, claimed, kept, finished, given back? | claims.py |
| how does a worker learn of it at once? | nudges.py |
| which processes do the work? | shared/service/worker.py |
"""

from shared.work.claims import add_work
from shared.work.nudges import Nudges

__all__ = ["Nudges", "add_work"]
