"""What stood on the worklists, once a day."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from services.referrals.database import ReferralsTable
from shared.db.tables import Json


class WorklistDay(ReferralsTable, table=True):
    """One snapshot, by the instant at which its facts became known.

    lines: place, stage, waiting and overdue items of each line. One row holds all, so that a day of empty lists has one too.
    """

    __tablename__ = "worklist_day"

    known_at: datetime = Field(primary_key=True)
    lines: list[Any] = Field(sa_type=Json)


class CaseworkDay(ReferralsTable, table=True):
    """One snapshot of the figures of casework, by the instant at which its facts became known.

    rates: measure, place, month, line, numerator and denominator of each.
    """

    __tablename__ = "casework_day"

    known_at: datetime = Field(primary_key=True)
    rates: list[Any] = Field(sa_type=Json)
