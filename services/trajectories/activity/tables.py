"""Rows of activity: each file with what became of it, and what practices gave to places that others give to as well."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, text
from sqlmodel import Field

from services.trajectories.activity.exchange import Form
from services.trajectories.activity.rules.kinds import Kind
from services.trajectories.database import TrajectoriesTable
from shared.db.tables import SINCE_NOW, Json

_NONE: dict[str, Any] = {"server_default": text("'[]'")}


class ActivitySubmission(TrajectoriesTable, table=True):
    """One file of activity. `live` while all that it holds is in force. Neither the file nor a row of it is kept.

    measure: as which it was sent.   measures: for which it had figures.   client, org: who sent it.
    changes: the first figures that it changed in what stood, changes_total of them.
    """

    __tablename__ = "activity_submission"
    __table_args__ = (
        CheckConstraint("status in ('accepted', 'rejected')", name="status"),
        # Same bytes and measure still in force are the same submission, however many post them at once.
        Index("uq_activity_submission_live", "measure", "sha256", unique=True, postgresql_where=text("live")),
    )

    id: UUID = Field(primary_key=True)
    measure: str
    measures: list[str] = Field(sa_type=Json, sa_column_kwargs=_NONE)
    kind: Kind = Field(sa_type=String)
    form: Form = Field(sa_type=String)
    sha256: str
    client: str
    org: str | None = None
    status: str
    live: bool
    first_month: date | None = None
    last_month: date | None = None
    rows_read: int
    rows_rejected: int
    figures: int
    errors: list[dict[str, Any]] = Field(sa_type=Json, sa_column_kwargs=_NONE)
    errors_total: int
    warnings: list[dict[str, Any]] = Field(sa_type=Json, sa_column_kwargs=_NONE)
    changes: list[dict[str, Any]] = Field(sa_type=Json, sa_column_kwargs=_NONE)
    changes_total: int
    superseded: list[str] = Field(sa_type=Json, sa_column_kwargs=_NONE)
    superseded_by: UUID | None = None
    received_at: datetime = Field(sa_column_kwargs=SINCE_NOW)


class ActivityPart(TrajectoriesTable, table=True):
    """What a practice gave to another place than itself: to the one that carries it on, or to the line outside."""

    __tablename__ = "activity_part"

    measure: str = Field(primary_key=True)
    month: date = Field(primary_key=True)
    place: str = Field(primary_key=True)
    sent: str = Field(primary_key=True)
    breakdown_key: str = Field(primary_key=True)
    numerator: int = Field(sa_type=BigInteger)
    denominator: int | None = Field(default=None, sa_type=BigInteger)
