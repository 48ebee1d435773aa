"""A measure of the catalogue in the words of its answer."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.trajectories.measures.catalogue import Direction, Kind, Measure, Rollup, Status
from services.trajectories.performance.rules.protection import Policy
from shared.registry.entries import Level


class MeasureAnswer(BaseModel):
    """One measure: what a value counts, which way is better, where it exists and where it comes from."""

    model_config = ConfigDict(frozen=True)

    key: str
    title: str
    unit: str
    direction: Direction
    kind: Kind
    rollup: Rollup
    look_back_months: int | None
    numerator: str
    denominator: str | None
    scale: int
    signed: bool
    people: str | None
    per: int | None
    denominator_over_months: Literal["sum", "mean"] | None
    levels: tuple[Level, ...]
    breakdowns: dict[str, tuple[str, ...]]
    headline_source: str | None
    total_from: str | None
    source: str
    derived_from: tuple[str, ...]
    definition: str
    definition_version: str
    status: Status
    settles_days: int
    suppression: dict[str, int]


_TOLD_OTHERWISE = {
    "derived",
    "over_months",
    "supply",
    "per",
    "wholes",
    "counted",
    "people",
    "denominator_over_months",
    "breakdowns",
    "sources",
    "reads",
}


def describe_measure(measure: Measure, policy: Policy) -> MeasureAnswer:
    """The answer about a declaration, with the policy that protects its small numbers."""
    return MeasureAnswer(
        **measure.model_dump(exclude=_TOLD_OTHERWISE),
        rollup=measure.rollup,
        people=measure.behind,
        breakdowns=measure.dimensions,
        per=None if measure.per == 1 else measure.per,
        denominator_over_months=None if measure.denominator is None else measure.denominator_over_months,
        derived_from=() if measure.derived is None else measure.made_of,
        suppression={"threshold": policy.threshold, "base": policy.base},
    )
