"""Bodies and answers of Bay-wide trajectories."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.trajectories.bay_trajectories.rules import MOST, YEAR
from services.trajectories.bay_trajectories.tables import BayTrajectory
from shared.http.bodies import RequestBody
from shared.http.dates import PastDate
from shared.http.text import Name, Note
from shared.problems import FieldError

PlanStatus = Literal["provisional", "agreed"]


class BayTrajectoryRequest(RequestBody):
    """A year's plan: `months`, or `annual` to be spread over them by calendar days."""

    measure: Name
    year: Name = Field(description="A label; one like 2020-21 is a financial year", examples=["2020-21"])
    label: Name
    definition: Note = Field(description="What is counted, as the plan defines it")
    status: PlanStatus
    set_by: Name | None = None
    agreed_on: PastDate | None = None
    document: Name | None = None
    months: dict[str, int] | None = Field(
        default=None, description="Month → units of the measure, a whole year", examples=[{"2020-04": 1000}]
    )
    annual: int | None = Field(default=None, ge=0, le=YEAR * MOST)


class PlanWarning(BaseModel):
    """Something odd that was taken as it is."""

    code: str
    pointer: str
    detail: str


class BayTrajectoryAnswer(BaseModel):
    """One version of a year's plan."""

    id: UUID
    measure: str
    year: str
    version: int
    label: str
    definition: str
    status: PlanStatus
    set_by: str | None
    agreed_on: date | None
    document: str | None
    annual: int | None
    months: dict[str, int]
    made_at: datetime
    warnings: list[PlanWarning] = []

    @classmethod
    def of(cls, row: BayTrajectory, warnings: Sequence[FieldError] = ()) -> Self:
        """The answer about a row."""
        told = [PlanWarning.model_validate(one.to_json()) for one in warnings]
        return cls(**row.model_dump(exclude={"first_month", "client"}), warnings=told)
