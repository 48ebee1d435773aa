"""The Bay-wide trajectories as they were set."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from services.trajectories.database import TrajectoriesTable
from shared.db.tables import SINCE_NOW, JsonObject
from shared.db.tables import Json as JsonColumn

DRAFTING: Final = "draft-trajectories"
"""The worker's loop that an agreed plan wakes."""


class BayTrajectory(TrajectoriesTable, table=True):
    """One version of a year's plan of one measure. Never changed: a revision is a row of its own.

    months: "2020-04" → units of the measure.   first_month: the first of its twelve months.   annual: what was spread, if a
    year's figure was sent.   client: who set it.
    """

    __tablename__ = "bay_trajectory"
    __table_args__ = (
        CheckConstraint("status in ('provisional', 'agreed')", name="status"),
        CheckConstraint("extract(day from first_month) = 1", name="first_month"),
        UniqueConstraint("measure", "year", "version"),
        Index("ix_bay_trajectory_in_force", "measure", "first_month", "made_at"),
    )

    id: UUID = Field(primary_key=True)
    measure: str
    year: str
    version: int
    label: str
    definition: str
    status: str
    set_by: str | None = None
    agreed_on: date | None = None
    document: str | None = None
    annual: int | None = Field(default=None, sa_type=BigInteger)
    first_month: date
    months: JsonObject = Field(sa_type=JsonColumn)
    client: str
    made_at: datetime = Field(sa_column_kwargs=SINCE_NOW)
