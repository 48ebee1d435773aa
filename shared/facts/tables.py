"""An author's rows: events that say which rows' facts must be derived, the versions of each cell, and the epoch."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlmodel import Field

from shared.db.tables import SINCE_NOW, FactsTable, Json, JsonObject


class FactEvent(FactsTable, table=True):
    """Something happened to a subject that its facts depend on. `known_at` is set once, when they were published.

    The rows are kept: a rebuild walks them in the order of `known_at` and so finds the same history.
    """

    __tablename__ = "fact_event"
    __table_args__ = (
        Index("ix_fact_event_pending", "id", postgresql_where=text("known_at is null")),
        Index("ix_fact_event_subject", "subject", "topic"),
        Index("ix_fact_event_known_at", "known_at"),
    )

    id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_args=[Identity()])
    topic: str
    subject: UUID
    known_at: datetime | None = None


class FactDay(FactsTable, table=True):
    """The event of a topic for a London day: one, whichever worker records it."""

    __tablename__ = "fact_day"

    topic: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    subject: UUID


class FactCell(FactsTable, table=True):
    """One version of one cell, in force from `known_at` until `replaced_at`. `seq` grows in the order of commits."""

    __tablename__ = "fact_cell"
    __table_args__ = (
        UniqueConstraint(
            "measure", "month", "place", "breakdown_key", "source", "known_at", name="uq_fact_cell_version"
        ),
        Index(
            "uq_fact_cell_standing",
            "measure",
            "month",
            "place",
            "breakdown_key",
            "source",
            unique=True,
            postgresql_where=text("replaced_at is null"),
        ),
    )

    seq: int = Field(sa_type=BigInteger, primary_key=True, sa_column_args=[Identity()])
    measure: str
    month: date
    place: str
    breakdowns: JsonObject = Field(sa_type=Json)
    breakdown_key: str
    source: str
    numerator: int | None = Field(default=None, sa_type=BigInteger)
    denominator: int | None = Field(default=None, sa_type=BigInteger)
    provenance: JsonObject = Field(sa_type=Json)
    known_at: datetime
    replaced_at: datetime | None = None


class FactEpoch(FactsTable, table=True):
    """Which life of the feed this is: one row. A rebuild or a restore starts another, and consumers start over."""

    __tablename__ = "fact_epoch"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: int = Field(
        sa_type=SmallInteger,
        primary_key=True,
        sa_column_kwargs={"autoincrement": False, "server_default": text("1")},
    )
    epoch: UUID = Field(sa_column_kwargs={"server_default": func.gen_random_uuid()})
    started_at: datetime = Field(sa_column_kwargs=SINCE_NOW)
