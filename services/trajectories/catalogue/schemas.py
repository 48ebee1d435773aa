"""The catalogue as it is answered."""

from pydantic import BaseModel, ConfigDict

from services.trajectories.measures.catalogue import Direction, Kind, Rollup, Status
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
