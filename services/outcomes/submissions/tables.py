"""Rows of a submission: what was sent, the bytes, the figures it holds, and which months they stand for."""

from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from services.outcomes.database import OutcomesTable
from services.outcomes.feeds.exchange import Form
from shared.db.tables import SINCE_NOW, Json

RECEIVED = "received"

FEED_TOPIC: Final = "feeds"
"""The fact event of an accepted submission: its subject is the submission's id."""


class Submission(OutcomesTable, table=True):
    """One file a council sent. `live` holds while it is being read and while all it holds is in force.

    stated_period: the request's `period`, empty where it named none: with the bytes it says what was sent.
    stated_withdrawal: the months that the request takes out of force, as "2022-04,2022-05"; empty for none.
    changes: the first figures that it changes in what stood, changes_total of them; none where nothing stood.
    superseded: every submission of which it took something out of force; `supersedes` is the one received last.
    period, first_month, last_month, period_named: what the file turned out to be about, and whether it says so itself.
    """

    __tablename__ = "feed_submission"
    __table_args__ = (
        CheckConstraint("status in ('received', 'accepted', 'rejected', 'failed')", name="status"),
        # Same bytes and period still in force are the same submission, however many post them at once.
        Index(
            "uq_feed_submission_live",
            "feed",
            "council",
            "sha256",
            "stated_period",
            unique=True,
            postgresql_where=text("live"),
        ),
        Index("ix_feed_submission_list", "feed", "council", "id"),
    )

    id: UUID = Field(primary_key=True)
    feed: str
    council: str
    client: str
    form: Form = Field(sa_type=String)
    sha256: str
    stated_period: str = Field(sa_column_kwargs={"server_default": ""})
    stated_withdrawal: str = Field(default="", sa_column_kwargs={"server_default": ""})
    period: str | None = None
    first_month: date | None = None
    last_month: date | None = None
    period_named: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    status: str = Field(sa_column_kwargs={"server_default": RECEIVED})
    live: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    rows_read: int | None = None
    rows_accepted: int | None = None
    rows_rejected: int | None = None
    rows_skipped: int | None = None
    totals: dict[str, Any] | None = Field(default=None, sa_type=Json)
    errors: list[dict[str, Any]] | None = Field(default=None, sa_type=Json)
    errors_total: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    warnings: list[dict[str, Any]] | None = Field(default=None, sa_type=Json)
    aliases_used: list[dict[str, Any]] | None = Field(default=None, sa_type=Json)
    changes: list[dict[str, Any]] | None = Field(default=None, sa_type=Json)
    changes_total: int | None = None
    supersedes: UUID | None = None
    superseded: list[str] | None = Field(default=None, sa_type=Json)
    superseded_by: UUID | None = None
    received_at: datetime = Field(sa_column_kwargs=SINCE_NOW)
    decided_at: datetime | None = None


class SubmissionState(NamedTuple):
    """A submission and where it stands.

    status: as the interface shows it.   progress: of the work that reads it, 0..1.
    decided_at: when the decision and its figures were known: an answer as of this instant has them.
    """

    submission: Submission
    status: str
    progress: float | None
    decided_at: datetime | None


class SubmissionKey(OutcomesTable, table=True):
    """An idempotency key that led to a submission: released when the file is rejected, so that the mended one may use it."""

    __tablename__ = "feed_submission_key"
    __table_args__ = (
        Index("ix_feed_submission_key_submission_id", "submission_id"),
        Index("ix_feed_submission_key_created_at", "created_at"),
    )

    client: str = Field(primary_key=True)
    route: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    submission_id: UUID = Field(foreign_key="feed_submission.id")
    created_at: datetime = Field(sa_column_kwargs=SINCE_NOW)


class SubmissionFile(OutcomesTable, table=True):
    """The bytes as they were sent, encrypted, while they wait to be read: gone with the decision.

    A file may hold anything, an export of persons sent by mistake among it. What was read from it is kept, and its
    digest.   content: the same in clear, of a file that an earlier release received.
    """

    __tablename__ = "feed_file"

    submission_id: UUID = Field(foreign_key="feed_submission.id", primary_key=True)
    content: bytes | None = None
    sealed: bytes | None = None


class FeedFigure(OutcomesTable, table=True):
    """One count as it was sent. Never changed: a resend has rows of its own.

    count: null where the cell was blank.   sheet, cell: which cell of the file it is, as Excel writes it.
    """

    __tablename__ = "feed_figure"
    __table_args__ = (
        CheckConstraint("count >= 0", name="count"),
        CheckConstraint("extract(day from month) = 1", name="month"),
    )

    submission_id: UUID = Field(foreign_key="feed_submission.id", primary_key=True)
    table_key: str = Field(primary_key=True)
    month: date = Field(primary_key=True)
    place: str = Field(primary_key=True)
    category: str = Field(primary_key=True)
    count: int | None = None
    sheet: str | None = None
    cell: str | None = None


class FeedCoverage(OutcomesTable, table=True):
    """A month of a table that a submission speaks for: it gave figures in it, or takes it out of force.

    A quarter is held month by month, so that a return of one month supersedes that month alone and no month is ever
    counted from two submissions.
    """

    __tablename__ = "feed_coverage"
    __table_args__ = (
        Index(
            "uq_feed_coverage_in_force",
            "feed",
            "council",
            "table_key",
            "month",
            unique=True,
            postgresql_where=text("in_force"),
        ),
        UniqueConstraint(
            "feed", "council", "month", "table_key", "submission_id", name="uq_feed_coverage_history"
        ),
    )

    submission_id: UUID = Field(foreign_key="feed_submission.id", primary_key=True)
    table_key: str = Field(primary_key=True)
    month: date = Field(primary_key=True)
    feed: str
    council: str
    in_force: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
