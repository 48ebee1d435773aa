"""What the matrix is asked with, and its answer."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.trajectories.performance.rules.figure import Status
from services.trajectories.performance.schemas import ProtectionAnswer
from services.trajectories.spc.rules import Assurance
from shared.http.dates import AwareInstant
from shared.months import Month
from shared.registry.entries import Level


class MatrixQuery(BaseModel):
    """The parameters of the matrix."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Level = Field("icc", description="Every place of a level, or those within the named ones")
    community: str | None = Field(
        None, description="Only places within these, comma separated", max_length=4000, examples=["kendal"]
    )
    measures: str | None = Field(
        None,
        description="Keys of the catalogue, comma separated; all that have figures when left out",
        max_length=4000,
        examples=["reablement-assessments,reablement-plan-rate"],
    )
    reference: str | None = Field(
        None,
        description="The last of the 24 months; this month when left out",
        max_length=10,
        examples=["2020-03"],
    )
    order: Literal["concern", "change"] = Field(
        "concern", description="What needs attention first, or what changed most since the month before"
    )
    profile: Literal["ptd", "mdc-excel", "uhmb"] = Field("ptd", description="Rule set of the charts")
    as_at: AwareInstant | None = Field(None, description="What was known at that instant")
    format: Literal["json", "csv", "xlsx"] | None = Field(
        None, description="`json` unless `Accept` asks for another"
    )


class MatrixItem(BaseModel):
    """A community and a measure: the latest figure of the 24 months and what its chart says.

    `change`: from the figure before, in thirds of the distance from the mean to a limit.
    """

    community: str
    measure: str
    title: str
    unit: str
    month: Month | None
    value: int | float | None
    suppressed: bool
    status: Status
    target: int | float | None
    trajectory: int | None
    variation: str | None
    assurance: Assurance | None
    mean: float | None
    lower: float | None
    upper: float | None
    points_since_special_cause: int | None
    change: float | None
    chart: str


class MatrixAnswer(BaseModel):
    """The rows in the order asked for. `as_at`: the newest knowledge they are made of."""

    reference: Month
    as_at: str | None
    items: list[MatrixItem]
    protection: ProtectionAnswer | None
    notes: list[str]
