"""A review as it is recorded and read."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from shared.http.bodies import RequestBody
from shared.http.dates import CalendarDate, PastDate
from shared.http.text import Note


class ReviewRequest(RequestBody):
    """What a review came to."""

    reviewed_on: PastDate
    summary: Note
    next_review_on: CalendarDate | None = None


class ReviewRead(BaseModel):
    """A review."""

    id: UUID
    case_id: UUID
    reviewed_on: date
    summary: str
    next_review_on: date | None = None
    by: str
    recorded_at: datetime


class ReviewAnswer(ReviewRead):
    """A review that was recorded. version: the case's, which the next change names."""

    version: int
