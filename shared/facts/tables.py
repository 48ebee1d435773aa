"""An author's rows: events that say which rows' facts must be derived, the versions of each cell, and the epoch."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    Identity,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlmodel import Field

from shared.db.tables import FactsTable, Id, Instant, Json, JsonObject, Long


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

    id: int = Field(sa_column=Column(Long, Identity(), primary_key=True))
    topic: str = Field(sa_column=Column(Text, nullable=False))
    subject: UUID = Field(sa_column=Column(Id, nullable=False))
    known_at: datetime | None = Field(default=None, sa_column=Column(Instant))


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

    seq: int = Field(sa_column=Column(Long, Identity(), primary_key=True))
    measure: str = Field(sa_column=Column(Text, nullable=False))
    month: date = Field(sa_column=Column(Date, nullable=False))
    place: str = Field(sa_column=Column(Text, nullable=False))
    breakdowns: JsonObject = Field(sa_column=Column(Json, nullable=False))
    breakdown_key: str = Field(sa_column=Column(Text, nullable=False))
    source: str = Field(sa_column=Column(Text, nullable=False))
    numerator: int | None = Field(default=None, sa_column=Column(Long))
    denominator: int | None = Field(default=None, sa_column=Column(Long))
    provenance: JsonObject = Field(sa_column=Column(Json, nullable=False))
    known_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    replaced_at: datetime | None = Field(default=None, sa_column=Column(Instant))


class FactEpoch(FactsTable, table=True):
    """Which life of the feed this is: one row. A rebuild or a restore starts another, and consumers start over."""

    __tablename__ = "fact_epoch"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: int = Field(
        sa_column=Column(SmallInteger, primary_key=True, autoincrement=False, server_default=text("1"))
    )
    epoch: UUID = Field(sa_column=Column(Id, nullable=False, server_default=func.gen_random_uuid()))
    started_at: datetime = Field(sa_column=Column(Instant, nullable=False, server_default=func.now()))
