"""Versions of shares: what each was made of, who decided on it, and every place's share with its whole numbers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, text
from sqlmodel import Field

from services.trajectories.database import TrajectoriesTable
from shared.db.tables import Json


class TrajectoryVersion(TrajectoriesTable, table=True):
    """One version. Once it is decided nothing of it changes.

    effective_from, last_month: the months it is for, the last being the plan's.   window_first, window_last: the months its
    shares are counted over, without `excluded_months`.   blocked: months of the window asked for that lacked a practice.
    total: the lower part of every share, 0 where nothing happened.   sources: where the counted figures came from.
    data_known_at: when the newest of them was learnt.   registry_digest: of the registry that says who counts where.
    drafted_by: the client, None where the worker proposed it.   superseded_by: a newer draft of the same month.
    """

    __tablename__ = "trajectory_version"
    __table_args__ = (
        CheckConstraint("status in ('draft', 'approved', 'rejected')", name="status"),
        CheckConstraint("new_practices in ('literal', 'annualised')", name="new_practices"),
        CheckConstraint("(status = 'draft') = (decided_at is null)", name="decided"),
        Index(
            "uq_trajectory_version_draft",
            "measure",
            "effective_from",
            unique=True,
            postgresql_where=text("status = 'draft' and superseded_by is null"),
        ),
        Index("ix_trajectory_version_in_force", "measure", "status", "effective_from", "decided_at"),
    )

    id: UUID = Field(primary_key=True)
    measure: str
    effective_from: date
    last_month: date
    bay_trajectory_id: UUID = Field(foreign_key="bay_trajectory.id")
    window_months: int
    lag_months: int
    window_first: date
    window_last: date
    excluded_months: list[str] = Field(sa_type=Json)
    excluded_reason: str | None = None
    blocked: list[str] = Field(sa_type=Json)
    new_practices: str
    total: int = Field(sa_type=BigInteger)
    sources: list[dict[str, Any]] = Field(sa_type=Json)
    data_known_at: datetime
    registry_digest: str
    status: str = Field(default="draft", sa_column_kwargs={"server_default": "draft"})
    drafted_by: str | None = None
    drafted_at: datetime
    superseded_by: UUID | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_reason: str | None = None


class TrajectoryShare(TrajectoriesTable, table=True):
    """A place of a version. community: where a practice counts; of a community, itself.

    numerator: the upper part of its share.   months_seen: months of the window with a figure.   estimated: annualised from a
    short history.   integers: month by month from `effective_from`; null where nobody has a share.   counts: of a practice, what
    it and those that it carries on had in each month of the window; null in versions from before these were kept.
    """

    __tablename__ = "trajectory_share"
    __table_args__ = (CheckConstraint("kind in ('community', 'practice')", name="kind"),)

    version_id: UUID = Field(foreign_key="trajectory_version.id", primary_key=True)
    place: str = Field(primary_key=True)
    kind: str
    community: str
    numerator: int = Field(sa_type=BigInteger)
    months_seen: int
    estimated: bool
    integers: list[int] | None = Field(default=None, sa_type=ARRAY(BigInteger))
    counts: list[int] | None = Field(default=None, sa_type=ARRAY(BigInteger))
