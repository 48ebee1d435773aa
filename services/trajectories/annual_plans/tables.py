"""The annual plans as they were put, every version of each."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from services.trajectories.database import TrajectoriesTable
from shared.db.tables import SINCE_NOW, Json


class AnnualPlan(TrajectoriesTable, table=True):
    """One version of a community's plan of a financial year. Never changed: what is put next is a version of its own.

    client: who put it.   author: what they are called.
    """

    __tablename__ = "annual_plan"
    __table_args__ = (
        CheckConstraint("status in ('draft', 'agreed')", name="status"),
        UniqueConstraint("community", "year", "version"),
    )

    id: UUID = Field(primary_key=True)
    community: str
    year: str
    version: int
    status: str
    objectives: list[dict[str, Any]] = Field(sa_type=Json)
    workforce: list[dict[str, Any]] = Field(sa_type=Json)
    client: str
    author: str
    made_at: datetime = Field(sa_column_kwargs=SINCE_NOW)
