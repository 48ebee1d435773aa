"""What was published: the cuts, their cells, and where the facts of each came from. `publications` writes them.

A cell stands from the cut that first showed it so until the one that shows it otherwise, so a cut that changes little
stores little.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity
from sqlmodel import Field

from services.trajectories.database import TrajectoriesTable
from shared.db.tables import SINCE_NOW, Json


class Publication(TrajectoriesTable, table=True):
    """One cut. day: of a cut that was made because its day had come, so that each day has one.

    cells: how many it holds.   due: those of 8 and more.   shown: how many of these are shown.
    """

    __tablename__ = "publication"
    __table_args__ = (CheckConstraint("(day is null) = (reason is not null)", name="day_or_reason"),)

    number: int | None = Field(
        default=None, sa_type=BigInteger, sa_column_args=(Identity(always=True),), primary_key=True
    )
    id: UUID = Field(unique=True)
    day: date | None = Field(default=None, unique=True)
    reason: str | None = None
    client: str | None = None
    published_at: datetime = Field(sa_column_kwargs=SINCE_NOW, index=True)
    cells: int
    due: int
    shown: int


class PublishedCell(TrajectoriesTable, table=True):
    """One figure as it is shown, from the cut `since` until the cut `until` shows it otherwise.

    place: as a query names it.   month: the first of the period.   breakdown: `route=hospital`, empty for a total.
    tenths: of a mean, its value in tenths.
    """

    __tablename__ = "published_cell"

    measure: str = Field(primary_key=True)
    place: str = Field(primary_key=True)
    grain: str = Field(primary_key=True)
    month: date = Field(primary_key=True)
    breakdown: str = Field(primary_key=True)
    since: int = Field(sa_type=BigInteger, primary_key=True)
    until: int | None = Field(default=None, sa_type=BigInteger)
    numerator: int | None = Field(default=None, sa_type=BigInteger)
    denominator: int | None = Field(default=None, sa_type=BigInteger)
    tenths: int | None = Field(default=None, sa_type=BigInteger)
    suppressed: bool
    status: str
    due: bool


class PublishedMeasure(TrajectoriesTable, table=True):
    """Where a measure's facts came from at the cuts from `since` until `until`, and a digest of what they were made of.

    begun: of a measure that the platform counts itself, the first month with any figure.
    """

    __tablename__ = "published_measure"

    measure: str = Field(primary_key=True)
    since: int = Field(sa_type=BigInteger, primary_key=True)
    until: int | None = Field(default=None, sa_type=BigInteger)
    digest: str
    origins: list[Any] = Field(sa_type=Json)
    begun: date | None = None


class DisclosedState(TrajectoriesTable, table=True):
    """All that was ever shown of one supplier's counts of one place and some measures in a quarter, cut by cut.

    Later cuts are decided together with it, so that a figure then and now gives nothing away.
    """

    __tablename__ = "disclosed_state"

    family: str = Field(primary_key=True)
    party: str = Field(primary_key=True)
    quarter: str = Field(primary_key=True)
    states: list[Any] = Field(sa_type=Json)
