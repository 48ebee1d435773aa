"""What a page is asked with: its address says all that it shows, so that it can be passed on."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Counted = Literal["number", "1000-registered", "day"]
Rules = Literal["ptd", "mdc-excel-7", "mdc-excel-6", "uhmb"]
"""A chart's profile, of one that lets one choose it with the length of a run."""


class GlanceQuery(BaseModel):
    """The parameters of the first page: of the matrix, those that people choose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    community: str | None = Field(None, max_length=4000)
    measures: str | None = Field(None, max_length=4000)
    reference: str | None = Field(None, max_length=10)
    order: Literal["concern", "change"] = "concern"


class MeasureQuery(BaseModel):
    """The parameters of a measure's page, and of what is taken from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    community: str | None = Field(None, max_length=255)
    reference: str | None = Field(None, max_length=10)
    months: int = Field(24, ge=12, le=120)
    breakdown: str | None = Field(None, max_length=60)
    part: str | None = Field(None, max_length=60)
    per: Counted = "number"
    rules: Rules = "ptd"


class FiguresQuery(MeasureQuery):
    """The parameters of a file of figures. level: of a community's practices, beside their trajectories in the last twelve months."""

    level: Literal["practice"] | None = None


class CommunityQuery(BaseModel):
    """The parameters of a community's page."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: str | None = Field(None, max_length=10)


class RevisionsQuery(BaseModel):
    """Which figure's past is shown: all three, or none yet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: str | None = Field(None, max_length=255)
    community: str | None = Field(None, max_length=255)
    month: str | None = Field(None, max_length=10)
