"""What was taken for publication: one part of one instrument's quarter at one place."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.outcomes.database import OutcomesTable
from shared.db.tables import Json, JsonObject

FIRST_PART, LATER_PART = "first", "later"
PARTS = (FIRST_PART, LATER_PART)


class SummarySnapshot(OutcomesTable, table=True):
    """The figures of a place as they were last taken for publication.

    quarter: its first day.   part: firsts, or repeats with their pairs.   state: alone, together or apart, see
    rules/protection.py.   people: a number for what each person gives, which differs when the person is measured anew.
    counts: the tables, exact.
    """

    __tablename__ = "summary_snapshot"
    __table_args__ = (
        CheckConstraint(f"part in {PARTS!r}", name="part"),
        CheckConstraint("state in ('alone', 'together', 'apart')", name="state"),
    )

    instrument: str = Field(primary_key=True)
    quarter: date = Field(primary_key=True)
    part: str = Field(primary_key=True)
    place: str = Field(primary_key=True)
    state: str
    people: list[int] = Field(sa_type=Json)
    counts: JsonObject = Field(sa_type=Json)
    taken_at: datetime
