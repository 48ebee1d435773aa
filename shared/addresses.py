"""Which services there are, and where each thing of the local stack listens: six ports in a row from the first.

Standard library only: `icc` commands read it before anything heavy is loaded.
"""

from typing import Final

SERVICES: Final[tuple[str, ...]] = ("referrals", "outcomes", "trajectories")
# Those that publish facts for trajectories to pull. It is the author of some itself, so `rebuild` asks all three.
AUTHORS: Final[tuple[str, ...]] = ("referrals", "outcomes")

FIRST_PORT: Final = 8001
POSTGRES_OFFSET: Final = 3
VALKEY_OFFSET: Final = 4
METRICS_OFFSET: Final = 5


def port_of(service: str, *, first: int) -> int:
    """The port of a service's API: the services come first, in their order. Raises ValueError for any other name."""
    return first + SERVICES.index(service)
