"""Rows of measurements. A person stands in them under a pseudonym; a correction is a row of its own."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, column, func, literal_column, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from services.outcomes.database import OutcomesTable
from services.outcomes.measurements.rules import FIRST, OCCASIONS
from shared.db.tables import SINCE_NOW, Json

MEASURED_TOPIC: Final = "measurement.recorded"
"""The fact event of a stored measurement, a correction among them: its subject is the measurement's id."""

ONE_FIRST: Final = "uq_measurement_first"
"""One first for each episode that its senders name."""
ONE_FIRST_IN_24_MONTHS: Final = "ex_measurement_first"
"""Where no episode is named, firsts of one person by one instrument lie 24 months apart."""
ONE_CORRECTION: Final = "uq_measurement_supersedes"

STANDS: Final = "superseded_by is null"
_FIRST_STANDS: Final = f"occasion = '{FIRST}' and {STANDS}"


class Measurement(OutcomesTable, table=True):
    """One measurement of one person.

    person: pseudonym.   episode: as its senders name it.   episode_id: the same for every measurement of an episode, the id
    of its original first; no row is ever deleted, so it needs no foreign key.   icc: an ICC's slug, or a line.   value, unit: as they were sent.   target: in the score's unit.
    given: what was answered.   age_band: where the year of birth leaves no doubt.   superseded_by: the correction; a row
    without one stands.   reason: of a correction, encrypted.   compared is coalesce(metric, score).
    """

    __tablename__ = "measurement"
    __table_args__ = (
        CheckConstraint(f"occasion in {OCCASIONS!r}", name="occasion"),
        Index(
            ONE_FIRST,
            "person",
            "instrument",
            "episode",
            unique=True,
            postgresql_where=text(f"{_FIRST_STANDS} and episode is not null"),
        ),
        ExcludeConstraint(
            (column("person"), "="),
            (column("instrument"), "="),
            (
                func.daterange(
                    literal_column("taken_on"),
                    literal_column("(taken_on + '2 years'::interval)::date"),
                ),
                "&&",
            ),
            name=ONE_FIRST_IN_24_MONTHS,
            using="gist",
            where=text(f"{_FIRST_STANDS} and episode is null"),
        ),
        Index(ONE_CORRECTION, "supersedes", unique=True),
        Index("ix_measurement_person", "person", "instrument", "taken_on"),
        Index("ix_measurement_figures", "instrument", "icc", "taken_on", postgresql_where=text(STANDS)),
        # A summary reads each person's latest from the index alone, in its order.
        Index(
            "ix_measurement_summaries",
            "instrument",
            "occasion",
            "person",
            text("taken_on desc"),
            text("id desc"),
            postgresql_include=["icc", "programme", "episode_id", "band", "edition", "score", "metric"],
            postgresql_where=text(STANDS),
        ),
    )

    id: UUID = Field(primary_key=True)
    person: str
    instrument: str
    edition: str | None = None
    occasion: str
    taken_on: date
    episode: str | None = None
    episode_id: UUID
    mode: str | None = None
    icc: str
    practice: str | None = None
    programme: str | None = None
    sent_by: str
    client: str
    score: Decimal | None = Field(default=None, sa_type=Numeric(9, 4))
    metric: Decimal | None = Field(default=None, sa_type=Numeric(9, 4))
    band: str | None = None
    band_set: str | None = None
    reported_level: int | None = None
    value: Decimal | None = Field(default=None, sa_type=Numeric(9, 4))
    unit: str | None = None
    target: Decimal | None = Field(default=None, sa_type=Numeric(9, 4))
    given: dict[str, Any] = Field(sa_type=Json)
    age_band: str | None = None
    counted_place: str
    counted_month: date
    supersedes: UUID | None = Field(default=None, foreign_key="measurement.id")
    superseded_by: UUID | None = None
    reason: bytes | None = None
    recorded_at: datetime = Field(sa_column_kwargs=SINCE_NOW)
