"""What is said of returns: where each stands, and what was signalled about them."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.outcomes.completeness.rules import Return, Status
from shared.months import Month


class MissingAnswer(BaseModel):
    """What a return lacks of a table at a place."""

    table: str
    place: str
    months: list[Month]


class ReturnAnswer(BaseModel):
    """One council's return of one period: whether it came, and when it was due."""

    council: str
    period: str = Field(description="the quarter, 2019-20-Q4, or a month where one was asked for")
    status: Status = Field(
        description="supplied in time, late (came after its day), due (absent, its day is still to come), overdue (absent)"
    )
    due_on: date = Field(description="the period's last day and `due_days` of the feed after it")
    received_at: datetime | None = Field(description="when it was first complete")
    days_late: int | None = Field(description="days after `due_on` at which it came, or so far")
    restated: int = Field(description="submissions that changed figures of it that were in force")
    submissions: list[UUID] = Field(description="those in force")
    missing: list[MissingAnswer] = Field(description="what is absent of a return of which something came")


class CompletenessAnswer(BaseModel):
    """The returns of a feed, the newest first."""

    feed: str
    period: str | None = Field(description="as it was asked for")
    items: list[ReturnAnswer]
    next: str | None


def return_answer(one: Return) -> ReturnAnswer:
    """A return as the interface shows it."""
    return ReturnAnswer(
        council=one.council,
        period=one.period.label,
        status=one.status,
        due_on=one.due_on,
        received_at=one.received_at,
        days_late=one.days_late,
        restated=one.restated,
        submissions=list(one.submissions),
        missing=[
            MissingAnswer(table=lack.table, place=lack.place, months=list(lack.months))
            for lack in one.missing
        ],
    )
