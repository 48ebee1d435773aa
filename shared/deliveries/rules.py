"""How long what is owed to somebody outside is tried, and when they are left alone. Pure."""

from datetime import timedelta
from typing import Final

TRIED_FOR: Final = timedelta(days=5)
PAUSED_AFTER: Final = 5
"""So many attempts in a row that failed pause what goes to a receiver."""
PAUSE: Final = timedelta(minutes=10)
_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(hours=1)
_DOUBLINGS: Final = 10


def wait_after(attempts: int) -> timedelta:
    """How long a delivery waits after so many attempts (1 or more): five seconds, doubled each time, an hour at most."""
    doubled: int = 2 ** min(attempts - 1, _DOUBLINGS)
    return min(_FIRST_WAIT * doubled, _LONGEST_WAIT)
