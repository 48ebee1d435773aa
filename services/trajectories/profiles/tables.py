"""The profiles as they were put, every version of each."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from services.trajectories.database import TrajectoriesTable
from shared.db.tables import SINCE_NOW, Json


class Profile(TrajectoriesTable, table=True):
    """One version of a community's profile. Never changed: what is put next is a version of its own."""

    __tablename__ = "profile"
    __table_args__ = (UniqueConstraint("community", "version"),)

    id: UUID = Field(primary_key=True)
    community: str
    version: int
    description: str | None = None
    indicators: list[dict[str, Any]] = Field(sa_type=Json)
    client: str
    author: str
    made_at: datetime = Field(sa_column_kwargs=SINCE_NOW)
