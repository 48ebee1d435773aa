"""The signals that were given."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Text, text
from sqlmodel import Field

from services.trajectories.database import TrajectoriesTable
from services.trajectories.signals.rules import KINDS
from shared.db.tables import SINCE_NOW


class PerformanceSignal(TrajectoriesTable, table=True):
    """One signal about a measure, at a place and in a month or about a version of everybody's shares. It holds no figure.

    kinds: all that it tells.   place: as a query names it; of a version the whole.   month: of the figure, or the first that
    the version is for.   basis: which figures were looked at, those in force or those published; null of a version.
    variation: of a special cause, as charts call it.   given_in: the first day of the London month in which it was given.
    """

    __tablename__ = "performance_signal"
    __table_args__ = (
        CheckConstraint(f"kinds <@ array{list(KINDS)!r}::text[] and cardinality(kinds) > 0", name="kinds"),
        CheckConstraint("basis in ('exact', 'published')", name="basis"),
        CheckConstraint("(basis is null) = (version_id is not null)", name="version"),
        CheckConstraint("extract(day from month) = 1 and extract(day from given_in) = 1", name="months"),
        # At most one a place and measure a month, whichever month one counts: that of the figure or that of the telling.
        Index(
            "uq_performance_signal_month",
            "basis",
            "measure",
            "place",
            "month",
            unique=True,
            postgresql_where=text("version_id is null"),
        ),
        Index(
            "uq_performance_signal_given",
            "basis",
            "measure",
            "place",
            "given_in",
            unique=True,
            postgresql_where=text("version_id is null"),
        ),
        Index(
            "uq_performance_signal_version",
            "kinds",
            "measure",
            "place",
            "month",
            "given_in",
            unique=True,
            postgresql_where=text("version_id is not null"),
        ),
    )

    id: UUID = Field(primary_key=True)
    kinds: list[str] = Field(sa_type=ARRAY(Text))
    measure: str
    place: str
    month: date
    basis: str | None = None
    variation: str | None = None
    version_id: UUID | None = Field(default=None, foreign_key="trajectory_version.id")
    given_in: date
    at: datetime = Field(sa_column_kwargs=SINCE_NOW)
