"""What a fact is, one cell of one measure, and its form in the feed that travels between services.

A reader of the feed ignores unknown members, so an author may add some.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from shared.db.tables import JsonObject
from shared.months import Month

SCHEMA = 1


def breakdown_key(breakdowns: Iterable[tuple[str, str]]) -> str:
    """The breakdowns as one comparable text: `` for none, `route=hospital`, several sorted and joined by `&`."""
    return "&".join(f"{name}={value}" for name, value in sorted(breakdowns))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One figure: a measure in a month at a place, within up to two breakdowns, as one source gives it.

    place: a practice code where known, else a community, line or council.   numerator: a count, or the upper part of a
    ratio; None withdraws the cell.   denominator: the lower part of a ratio, else None.   provenance: where it came from,
    for the reader of the figure; part of a version, so an equal figure from another submission is a new version.
    """

    measure: str
    month: Month
    place: str
    source: str
    numerator: int | None
    denominator: int | None = None
    breakdowns: tuple[tuple[str, str], ...] = ()
    provenance: Mapping[str, object] = field(default_factory=dict)

    def to_row(self) -> JsonObject:
        """The cell as the publishing statement takes it."""
        return {
            "measure": self.measure,
            "month": self.month.first_day.isoformat(),
            "place": self.place,
            "breakdowns": dict(self.breakdowns),
            "breakdown_key": breakdown_key(self.breakdowns),
            "source": self.source,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "provenance": dict(self.provenance),
        }


class Fact(BaseModel):
    """One version of one cell. `numerator` null withdraws the cell."""

    seq: int
    measure: str
    month: str
    place: str
    breakdowns: dict[str, str]
    source: str
    numerator: int | None
    denominator: int | None
    known_at: datetime
    provenance: dict[str, Any] = {}


class FactPage(BaseModel):
    """A page of the feed. `next` is the cursor to go on with, null when the reader has everything."""

    version: int = Field(alias="schema")
    epoch: UUID
    items: list[Fact]
    next: int | None
