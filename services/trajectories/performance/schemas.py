"""What may be asked of the report, and the shape of its answer in the OpenAPI document."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.trajectories.performance.rules.periods import Grain
from services.trajectories.performance.rules.question import Per
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


def query_parameters() -> list[dict[str, Any]]:
    """The parameters as the OpenAPI document lists them."""
    schema = PerformanceQuery.model_json_schema()
    required = set(schema.get("required", ()))
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": told.pop("description", ""),
            "schema": told,
        }
        for name, told in schema["properties"].items()
    ]


class _Shown(BaseModel):
    value: float | None
    numerator: int | None
    denominator: int | None
    suppressed: bool
    status: Literal["final", "provisional", "partial", "not-supplied"]


class PreviousPoint(_Shown):
    """The same window a year earlier."""

    month: Month


class Point(_Shown):
    """One point. `period` names a quarter or year, `month` is its first month (the last of a rolling twelve)."""

    month: Month
    period: str | None = None
    trajectory: int | None
    target: float | None
    previous: PreviousPoint | None = None


class Series(BaseModel):
    """One place, and one value of the breakdown when one was asked for. `measure` when several were asked for."""

    measure: str | None = None
    community: str
    breakdown: dict[str, str] | None
    points: list[Point]
    spc: dict[str, Any] | None


class MeasureHead(BaseModel):
    """What the values are."""

    key: str
    title: str
    unit: str
    direction: str


class Protection(BaseModel):
    """The policy that small numbers are hidden by; absent from exact answers."""

    policy: str
    threshold: int
    base: int


class PerformanceAnswer(BaseModel):
    """The answer. `as_at` is the newest knowledge it is made of, so equal answers have equal bytes."""

    measure: MeasureHead | None = None
    measures: list[MeasureHead] | None = None
    as_at: str | None
    series: list[Series]
    protection: Protection | None
    provenance: list[dict[str, Any]]
    notes: list[str]
    next: str | None
