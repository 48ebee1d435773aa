"""The signals that were given, and since when."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.outcomes.database import OutcomesTable
from services.outcomes.signals.rules import KINDS
from shared.db.tables import SINCE_NOW


class FeedSignal(OutcomesTable, table=True):
    """One signal about one return of one council. It holds no figure.

    period: the return's, "2026-27-Q1".   due_on: the day by which it is awaited.
    submission_id: the file that revised figures in force; null for the signals that the date gives.
    """

    __tablename__ = "feed_signal"
    __table_args__ = (
        CheckConstraint(f"kind in {KINDS!r}", name="kind"),
        CheckConstraint("(kind = 'feed.revised') = (submission_id is not null)", name="submission"),
        # Whoever gives a signal a second time finds it given: two workers, or one that begins again.
        Index(
            "uq_feed_signal_by_date",
            "feed",
            "council",
            "period",
            "kind",
            unique=True,
            postgresql_where=text("submission_id is null"),
        ),
        Index(
            "uq_feed_signal_of_submission",
            "submission_id",
            "period",
            unique=True,
            postgresql_where=text("submission_id is not null"),
        ),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    feed: str
    council: str
    period: str
    due_on: date
    submission_id: UUID | None = Field(default=None, foreign_key="feed_submission.id")
    at: datetime = Field(sa_column_kwargs=SINCE_NOW)


class FeedWatch(OutcomesTable, table=True):
    """Since when returns are awaited: the installation's first day. One row.

    Of a period that had ended by then nobody is told that it is late.
    """

    __tablename__ = "feed_watch"
    __table_args__ = (CheckConstraint("one", name="one"),)

    one: bool = Field(default=True, primary_key=True, sa_column_kwargs={"server_default": text("true")})
    begun_on: date
