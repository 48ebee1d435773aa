"""What a chart is asked with."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.trajectories.performance.questions import PerformanceQuery
from services.trajectories.performance.rules.question import Grain, Per
from shared.http.dates import AwareInstant
from shared.months import Month


class ChartQuery(BaseModel):
    """The parameters of a chart: those of `GET /v1/performance` that one series has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: Month | None = Field(None, alias="from", description="First month", examples=["2020-01"])
    last: Month | None = Field(
        None, alias="to", description="Last month, included; may lie ahead", examples=["2020-03"]
    )
    period: str | None = Field(
        None,
        description="`last-24-months`, `this-year`, `2019-20` … instead of from and to; the last twelve months without either",
        max_length=40,
        examples=["last-24-months"],
    )
    reference: str | None = Field(
        None,
        description="The month or day from which a relative period is seen; today when left out",
        max_length=40,
        examples=["2020-04"],
    )
    grain: Grain = Field("month", description="Financial quarters and years begin in April")
    breakdown: str | None = Field(
        None,
        description="A breakdown of the measure; `part` says which of its values is drawn",
        max_length=60,
        examples=["route"],
    )
    part: str | None = Field(
        None, description="The value of the breakdown that is drawn", max_length=60, examples=["hospital"]
    )
    per: Per | None = Field(None, description="Counts by registered people or calendar days")
    profile: Literal["ptd", "mdc-excel", "uhmb"] = Field("ptd", description="Rule set of the chart")
    run_length: int | None = Field(
        None, ge=6, le=7, description="Points of a trend and of a shift, for `mdc-excel`", examples=[7]
    )
    baseline_months: int | None = Field(
        None, ge=12, le=120, description="The limits from the first so many points"
    )
    as_at: AwareInstant | None = Field(None, description="What was known at that instant")

    def as_performance(self, *, measure: str, community: str) -> PerformanceQuery:
        """The question to the report whose one series is drawn."""
        return PerformanceQuery.model_construct(
            measure=measure,
            community=community,
            include="annotations,spc,target,trajectory",
            **{name: getattr(self, name) for name in type(self).model_fields if name != "part"},
        )
