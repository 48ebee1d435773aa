"""The catalogue as it is answered."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.trajectories.measures.catalogue import Direction, Kind, Measure, Status
from shared.registry.entries import Level


class MeasureEntry(BaseModel):
    """One measure: what a value counts, which way is better, where it exists and where it comes from."""

    model_config = ConfigDict(frozen=True)

    key: str
    title: str
    unit: str
    direction: Direction
    kind: Kind
    rollup: Literal["sum", "ratio-of-sums", "weighted-mean", "latest"]
    numerator: str
    denominator: str | None
    per: int | None
    levels: tuple[Level, ...]
    breakdowns: dict[str, tuple[str, ...]]
    source: str
    derived_from: tuple[str, ...]
    definition: str
    definition_version: str
    status: Status
    settles_days: int
    suppression: dict[str, int]


class MeasureList(BaseModel):
    """The whole catalogue, in one page."""

    items: list[MeasureEntry]
    next: str | None = None


def entry_of(measure: Measure, *, threshold: int, base: int) -> MeasureEntry:
    """A declaration as it is answered, with the smallest count that may be shown and the rounding of the others."""
    rollup: Literal["sum", "ratio-of-sums", "weighted-mean", "latest"]
    if measure.over_months == "latest":
        rollup = "latest"
    elif measure.kind == "count":
        rollup = "sum"
    else:
        rollup = "weighted-mean" if measure.kind == "mean" else "ratio-of-sums"
    return MeasureEntry(
        **measure.model_dump(exclude={"derived", "over_months", "supply", "per"}),
        rollup=rollup,
        per=None if measure.per == 1 else measure.per,
        derived_from=() if measure.derived is None else measure.read_measures,
        suppression={"threshold": threshold, "base": base},
    )
