"""Which cases were asked about, and how outcomes answered of late."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.referrals.database import ReferralsTable


class MeasureCheck(ReferralsTable, table=True):
    """When outcomes was last asked about the person of an open case."""

    __tablename__ = "measure_check"

    case_id: UUID = Field(primary_key=True, foreign_key="case_record.id")
    asked_at: datetime


class MeasureSource(ReferralsTable, table=True):
    """How outcomes answers, in one row.

    answered_at: its last good answer.   away_since: since when it gives none; null while it answers.
    """

    __tablename__ = "measure_source"
    __table_args__ = (CheckConstraint("id = 1", name="id"),)

    id: int = Field(primary_key=True)
    answered_at: datetime | None = None
    away_since: datetime | None = None
