"""The notes that people and the platform made. Nothing of a note changes but that it may be withdrawn."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field

from services.trajectories.database import TrajectoriesTable
from shared.db.tables import SINCE_NOW

KINDS = ("change", "rebase", "definition", "data-quality", "event")


class AnnotationNote(TrajectoriesTable, table=True):
    """One note. measure, community: null where it concerns all; a community as a query names it.   month: its first day.

    automatic: what made it, null where somebody wrote it.   origin: what an automatic note is about, so that it is made once.
    client: who wrote it.   author: what they are called.   withdrawn_…: a note that was a mistake stands in the list still,
    and beside no series.
    """

    __tablename__ = "annotation"
    __table_args__ = (
        CheckConstraint(f"kind in {KINDS!r}", name="kind"),
        CheckConstraint("extract(day from month) = 1", name="month"),
        CheckConstraint("(automatic is null) = (origin is null)", name="origin"),
        CheckConstraint("(withdrawn_at is null) = (withdrawn_reason is null)", name="withdrawn"),
    )

    id: UUID = Field(primary_key=True)
    measure: str | None = None
    community: str | None = None
    month: date = Field(index=True)
    kind: str
    text: str
    link: str | None = None
    automatic: str | None = None
    origin: str | None = Field(default=None, unique=True)
    client: str
    author: str
    made_at: datetime = Field(sa_column_kwargs=SINCE_NOW)
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_reason: str | None = None


class AnnotationScan(TrajectoriesTable, table=True):
    """How far the facts of an author were looked through for restatements, in one life of its facts."""

    __tablename__ = "annotation_scan"

    author: str = Field(primary_key=True)
    epoch: UUID = Field(primary_key=True)
    seq: int = Field(sa_type=BigInteger)
