"""Summaries as they are answered."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from services.outcomes.instruments.schemas import ThresholdAnswer

Count = int | None
"""People; null where so few are not told."""


class DistributionAnswer(BaseModel):
    """People by band. n counts those without a band too. suppressed: whether some counts are hidden."""

    n: Count
    bands: dict[str, Count]
    suppressed: bool = False


class IntervalAnswer(BaseModel):
    """The 95 % t interval of the mean change."""

    lower: float
    upper: float


class PairedAnswer(BaseModel):
    """Changes of people with a first and a repeat that compare.

    matrix: people by the band of their first, then by that of their latest repeat; null where it is hidden.
    improved, same, worse: by the threshold; null without one.   effect_size: mean over standard deviation of the changes.
    """

    n: Count
    matrix: dict[str, dict[str, Count]] | None
    improved: Count
    same: Count
    worse: Count
    mean_change: float | None
    interval: IntervalAnswer | None
    effect_size: float | None
    suppressed: bool = False


class SummaryProtection(BaseModel):
    """How small numbers are hidden, and when what is shown was taken; absent from exact answers."""

    policy: str
    threshold: int
    base: int
    published_at: datetime | None


class SummaryAnswer(BaseModel):
    """A summary of the measurements by one instrument.

    band_sets: by which sets the bands are named.   threshold: by which changes are judged, null where none is.
    """

    instrument: str
    icc: str | None
    programme: str | None
    from_: date | None = Field(alias="from")
    to: date | None
    band_sets: list[str]
    first: DistributionAnswer
    repeat: DistributionAnswer
    paired: PairedAnswer
    threshold: ThresholdAnswer | None
    protection: SummaryProtection | None
    notes: list[str]
