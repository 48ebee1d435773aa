"""What a partner and a service are, how fresh an entry is, and which services a search finds. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, get_args

from shared.months import months_after

PartnerKind = Literal[
    "voluntary",
    "faith",
    "housing",
    "police",
    "fire",
    "education",
    "employer",
    "council",
    "health",
    "community-group",
]
PARTNER_KINDS: Final[tuple[PartnerKind, ...]] = get_args(PartnerKind)
Age = Literal["children", "working-age", "older"]
Need = Literal["generally-well", "long-term-condition-or-social-need", "complex-or-disability"]
Open = Literal["yes", "waiting-list", "no"]
OPEN: Final[tuple[Open, ...]] = get_args(Open)
State = Literal["current", "stale", "closed"]
NEED_CONSENT: Final = frozenset({"voluntary", "faith", "community-group"})
"""Kinds of partners with whom nothing of a person is shared unless the person agreed."""
ASSURED_FOR_MONTHS: Final = 6
USUAL_WORKING_DAYS: Final = 10
_NEVER: Final = "never"


@dataclass(frozen=True, slots=True)
class Partner:
    """One organisation that the communities work with. communities: slugs of any level.   source: what names it, None for who wrote it here."""

    code: str
    name: str
    kind: str
    communities: tuple[str, ...]
    contact: Mapping[str, str] | None = None
    source: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class PartnerService:
    """One service. provider: the code of the partner that runs it, None where the service's own key stands for it.

    working_days: by when it answers, counted from the day after it was asked.   counts: for which figures it counts: "falls" for a
    service that supports people at risk of falling, "assistive-technology" for one that gives such items.
    open: whether it takes people, None where nobody said.   assured_on: when somebody last said that the entry is right.
    told: what else is said of it.
    """

    key: str
    name: str
    kind: str
    provider: str | None
    communities: tuple[str, ...]
    working_days: int = USUAL_WORKING_DAYS
    counts: tuple[str, ...] = ()
    ages: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    open: Open | None = None
    assured_on: date | None = None
    told: Mapping[str, Any] | None = None
    source: str | None = None
    version: int = 1

    @property
    def needs_consent(self) -> bool:
        """Whether the person must have agreed before anything is sent to it."""
        return self.kind in NEED_CONSENT

    @property
    def codes(self) -> frozenset[str]:
        """What a token or a consent calls it: its key, or its provider's code."""
        return frozenset({self.key, self.provider} - {None})  # type: ignore[arg-type]  # None is taken out

    def state(self, today: date) -> State:
        """Closed where it takes nobody; stale where nobody assured its entry for six months, or ever."""
        if self.open == "no":
            return "closed"
        if self.assured_on is None or months_after(self.assured_on, ASSURED_FOR_MONTHS) < today:
            return "stale"
        return "current"


@dataclass(frozen=True, slots=True)
class Directory:
    """Every partner by its code and every service by its key."""

    partners: Mapping[str, Partner]
    services: Mapping[str, PartnerService]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which services a search finds; None asks for nothing. places: communities, of which one must be served."""

    places: Collection[str] | None = None
    age: str | None = None
    need: str | None = None
    open: str | None = None
    state: str | None = None
    partner: str | None = None

    def finds(self, one: PartnerService, *, today: date) -> bool:
        """Whether a service is wanted. One that says nothing of ages or needs is for everybody."""
        return (
            (self.places is None or not set(self.places).isdisjoint(one.communities))
            and (self.age is None or not one.ages or self.age in one.ages)
            and (self.need is None or not one.needs or self.need in one.needs)
            and (self.open is None or one.open == self.open)
            and (self.state is None or one.state(today) == self.state)
            and (self.partner is None or one.provider == self.partner)
        )


def in_order(found: Iterable[PartnerService], *, nearest: str | None, today: date) -> list[PartnerService]:
    """Services as a link worker reads them out: of the community itself first, then who has room, then whose entry is fresh."""
    room = {"yes": 0, "waiting-list": 1, None: 2, "no": 3}
    fresh = {"current": 0, "stale": 1, "closed": 2}
    return sorted(
        found,
        key=lambda one: (nearest not in one.communities, room[one.open], fresh[one.state(today)], one.name),
    )


def odd_of(service: PartnerService, *, today: date) -> tuple[str, str] | None:
    """The code and the sentence of a warning that who asks a service is given; None where its entry is in order."""
    match service.state(today):
        case "closed":
            return "entry.closed", "The directory says that the service takes nobody at present."
        case "stale":
            since = _NEVER if service.assured_on is None else f"last on {service.assured_on}"
            return "entry.stale", f"The entry was {since} assured; it may take longer, or nobody."
        case "current":
            return None
