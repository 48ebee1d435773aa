"""What may be asked of the report, and the shape of its answer in the OpenAPI document."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.trajectories.measures.catalogue import Direction
from services.trajectories.performance.rules.figures import Status
from services.trajectories.performance.rules.periods import Grain
from services.trajectories.performance.rules.question import Per
from services.trajectories.spc.profiles import Rule
from services.trajectories.spc.rules import PointType
from shared.http.dates import AwareInstant
from shared.months import Month
from shared.registry.entries import Level


class PerformanceQuery(BaseModel):
    """The parameters of a question."""

    model_config = ConfigDict(frozen=True)

    measure: str = Field(description="One or several keys of the catalogue, comma separated", max_length=2000)
    community: str | None = Field(
        None,
        description="Slugs, `unassigned`, `not-bay-registered`, practice codes, `pcn:<code>`, `council:<slug>`, comma separated",
        max_length=4000,
    )
    level: Level | None = Field(
        None,
        description="Every place of a level (`icc` when no community is named), or those within the named ones",
    )
    first: Month | None = Field(None, alias="from", description="First month")
    last: Month | None = Field(None, alias="to", description="Last month, included; may lie ahead")
    period: str | None = Field(
        None,
        description="`last-12-months`, `this-year`, `last-quarter`, `2019-20-Q4` … instead of from and to",
        max_length=40,
    )
    reference: str | None = Field(
        None,
        description="The month or day from which a relative period is seen; today when left out",
        max_length=10,
    )
    grain: Grain = Field("month", description="Financial quarters and years begin in April")
    breakdown: str | None = Field(
        None, description="A breakdown of the measure: one series a value, and no total", max_length=60
    )
    include: str | None = Field(
        None, description="`trajectory`, `target`, `spc`, `bay`, comma separated", max_length=100
    )
    compare: Literal["previous-year"] | None = Field(
        None, description="The same window a year earlier, beside each point"
    )
    per: Per | None = Field(None, description="Counts by registered people or calendar days")
    profile: Literal["ptd", "mdc-excel", "uhmb"] = Field("ptd", description="Rule set of the chart")
    baseline_months: int | None = Field(
        None, ge=12, le=120, description="The chart's limits from the first so many points"
    )
    as_at: AwareInstant | None = Field(None, description="What was known at that instant")
    format: Literal["json", "csv", "xlsx", "parquet"] | None = Field(
        None, description="`json` unless `Accept` asks for another"
    )


class _ShownAnswer(BaseModel):
    value: float | None
    numerator: int | None
    denominator: int | None
    suppressed: bool
    status: Status


class PreviousPointAnswer(_ShownAnswer):
    """The same window a year earlier."""

    month: Month


class PointAnswer(_ShownAnswer):
    """One point. `period` names a quarter or year, `month` is its first month (the last of a rolling twelve).

    A period that the range cuts short keeps both, is the sum of the months asked for, and is partial.
    """

    month: Month
    period: str | None = None
    trajectory: int | None
    target: float | None
    previous: PreviousPointAnswer | None = None


class FlagAnswer(BaseModel):
    """What one point of a chart says; both null where the point has no value."""

    type: PointType | None
    rule: Rule | None


class ChartAnswer(BaseModel):
    """A chart of the values shown, with the settings that draw it again. `trial_limits`: made from fewer than 13 points."""

    profile: str
    mean: float
    lower: float | None
    upper: float | None
    baseline_months: int
    trial_limits: bool
    points: list[FlagAnswer]
    variation: str
    assurance: str | None
    settings: dict[str, Any]


class SeriesAnswer(BaseModel):
    """One place, and one value of the breakdown when one was asked for. `measure` when several were asked for."""

    measure: str | None = None
    community: str
    breakdown: dict[str, str] | None
    points: list[PointAnswer]
    spc: ChartAnswer | None


class MeasureHeadAnswer(BaseModel):
    """What the values are."""

    key: str
    title: str
    unit: str
    direction: Direction


class ProtectionAnswer(BaseModel):
    """The policy that small numbers are hidden by; absent from exact answers."""

    policy: str
    threshold: int
    base: int


class PerformanceAnswer(BaseModel):
    """The answer. `as_at` is the newest knowledge it is made of, so equal answers have equal bytes."""

    measure: MeasureHeadAnswer | None = None
    measures: list[MeasureHeadAnswer] | None = None
    as_at: str | None
    series: list[SeriesAnswer]
    protection: ProtectionAnswer | None
    provenance: list[dict[str, Any]]
    notes: list[str]
    next: str | None
