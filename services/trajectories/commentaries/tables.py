"""The commentaries as they were written. None is ever changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.trajectories.database import TrajectoriesTable
from shared.db.tables import SINCE_NOW


class Commentary(TrajectoriesTable, table=True):
    """One commentary. measure: null where it is about all of them.   period: a month, quarter or financial year."""

    __tablename__ = "commentary"
    __table_args__ = (Index("ix_commentary_place", "community", "period"),)

    id: UUID = Field(primary_key=True)
    measure: str | None = None
    community: str
    period: str
    text: str
    client: str
    author: str
    made_at: datetime = Field(sa_column_kwargs=SINCE_NOW)
