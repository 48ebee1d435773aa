"""Which services there are, and where each thing of the local stack listens: six ports in a row from the first.

Standard library only: `icc` commands read it before anything heavy is loaded.
"""

from typing import Final, NamedTuple

SERVICES: Final[tuple[str, ...]] = ("referrals", "outcomes", "trajectories")
# Those that publish facts for trajectories to pull. It is the author of some itself, so `rebuild` asks all three.
AUTHORS: Final[tuple[str, ...]] = ("referrals", "outcomes")

FIRST_PORT: Final = 8001
POSTGRES_OFFSET: Final = 3
VALKEY_OFFSET: Final = 4
METRICS_OFFSET: Final = 5


class FirstPage(NamedTuple):
    """A page with which somebody begins. name: in a word.   words: what it is for.   opened_by: whose token, as `icc token` is told."""

    service: str
    path: str
    name: str
    words: str
    opened_by: str


_MANAGER: Final = "case-manager --community kendal"
_PRACTICE: Final = "practice-system --org A82026"
FIRST_PAGES: Final[tuple[FirstPage, ...]] = (
    FirstPage(
        "trajectories", "/", "dashboard", "The dashboard: what is unusual, where and since when", "analyst"
    ),
    FirstPage("referrals", "/worklist", "worklist", "The worklists of case managers", _MANAGER),
    FirstPage("referrals", "/refer", "refer", "Refer somebody", _PRACTICE),
    FirstPage(
        "referrals", "/sent", "sent", "What became of the referrals that an organisation sent", _PRACTICE
    ),
    FirstPage(
        "outcomes",
        "/check",
        "check",
        "Check a council's return, and send it",
        "council-feed --org westmorland-and-furness",
    ),
    FirstPage(
        "outcomes", "/returns", "returns", "Which councils' returns came, are due or overdue", "analyst"
    ),
    FirstPage("outcomes", "/measure", "measure", "Record a measurement of a person", _MANAGER),
)
"""In the order in which they are told. The organisations are examples, of the registry that ships."""


def opened_by(service: str, path: str) -> str:
    """Whose token opens a page of a service, as `icc token --role` is told; that of its first page where no other is nearer."""
    own = [one for one in FIRST_PAGES if one.service == service]
    nearest = [one for one in own if path == one.path or path.startswith(f"{one.path}/")]
    return (nearest or own)[0].opened_by


def port_of(service: str, *, first: int) -> int:
    """The port of a service's API: the services come first, in their order. Raises ValueError for any other name."""
    return first + SERVICES.index(service)
