"""The targets as they were set."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field

from services.trajectories.database import TrajectoriesTable
from shared.db.tables import SINCE_NOW


class Target(TrajectoriesTable, table=True):
    """One target. Nothing of it changes but `superseded_by`, the one that was set after it for the same figure.

    community: as a query names it.   grain, month: of its period, the month as its first day.   value: as it was given.
    baseline_…: the figure of `baseline_period` as it was known then, in the parts of the measure; baseline_grain,
    baseline_month: of that period.   baseline_known_at: the newest that was known of it.   client: who set it.
    author: what they are called.
    """

    __tablename__ = "target"
    __table_args__ = (
        CheckConstraint("kind in ('value', 'increase')", name="kind"),
        CheckConstraint("unit in ('count', 'percent')", name="unit"),
        CheckConstraint("grain in ('month', 'quarter', 'year')", name="grain"),
        CheckConstraint("kind = 'value' or baseline_numerator is not null", name="baseline"),
        Index(
            "uq_target_standing",
            "measure",
            "community",
            "grain",
            "month",
            unique=True,
            postgresql_where=text("superseded_by is null"),
        ),
        Index("ix_target_in_force", "measure", "community", "grain", "month", "set_at"),
    )

    id: UUID = Field(primary_key=True)
    community: str
    measure: str
    period: str
    grain: str
    month: date
    kind: str
    value: float
    unit: str
    baseline_period: str | None = None
    baseline_grain: str | None = None
    baseline_month: date | None = None
    baseline_numerator: int | None = Field(default=None, sa_type=BigInteger)
    baseline_denominator: int | None = Field(default=None, sa_type=BigInteger)
    baseline_known_at: datetime | None = None
    superseded_by: UUID | None = None
    client: str
    author: str
    set_at: datetime = Field(sa_column_kwargs=SINCE_NOW)
