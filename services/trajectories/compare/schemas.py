"""What a comparison is asked with, and its answer."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.trajectories.performance.rules.figure import Status
from services.trajectories.performance.schemas import MeasureHeadAnswer, ProtectionAnswer
from shared.http.dates import AwareInstant


class CompareQuery(BaseModel):
    """The parameters of a comparison."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: str = Field(
        description="A key of the catalogue: a count, proportion or ratio",
        max_length=255,
        examples=["reablement-plan-rate"],
    )
    level: Literal["icc", "practice"] = Field("icc", description="The places that are compared")
    community: str | None = Field(
        None, description="Only places within these, comma separated", max_length=4000, examples=["kendal"]
    )
    period: str = Field(
        "last-12-months",
        description="A month, quarter or financial year, also relative: `last-quarter`, `last-12-months`",
        max_length=40,
        examples=["2019-20-Q4"],
    )
    reference: str | None = Field(
        None,
        description="The month or day from which a relative period is seen; today when left out",
        max_length=10,
        examples=["2020-04"],
    )
    as_at: AwareInstant | None = Field(None, description="What was known at that instant")


class FunnelLimits(BaseModel):
    """Both limits of a place at its own denominator."""

    lower: float
    upper: float


class CompareItem(BaseModel):
    """One place: its rate with a 95 % interval, and outside which limits of the funnel it lies, if any."""

    place: str
    name: str
    numerator: int | None
    denominator: int | None
    value: int | float | None
    lower: float | None
    upper: float | None
    outside: float | None = Field(description="95, 99.8 or null")
    limits_95: FunnelLimits | None
    limits_998: FunnelLimits | None
    suppressed: bool
    status: Status


class FunnelAnswer(BaseModel):
    """The funnel round all places with a figure.

    `centre`: their joint rate. `overdispersion`: τ², how much the places differ beyond chance, as a variance on the
    transformed scale; 0 where chance explains all. `dispersion_ratio`: φ, 1 where chance explains all.
    """

    centre: float
    overdispersion: float
    dispersion_ratio: float
    scale: Literal["arcsine", "square-root"]


class CompareAnswer(BaseModel):
    """Places beside each other in the registry's order: no rank, no colour."""

    measure: MeasureHeadAnswer
    period: str
    as_at: str | None
    interval: Literal["wilson", "byar"]
    items: list[CompareItem]
    funnel: FunnelAnswer | None
    protection: ProtectionAnswer | None
    notes: list[str]
