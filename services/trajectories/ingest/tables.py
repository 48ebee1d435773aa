"""The read model's copy of the facts, how far each author was read, and the version of what is served."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Date, Index, SmallInteger, Text, UniqueConstraint, func, text
from sqlmodel import Field

from services.trajectories.database import TrajectoriesTable
from shared.db.tables import Id, Instant, Json, JsonObject, Long


class Fact(TrajectoriesTable, table=True):
    """One version of one cell as its author published it, in force from `known_at` until `replaced_at`."""

    __tablename__ = "fact"
    __table_args__ = (
        UniqueConstraint(
            "author",
            "epoch",
            "measure",
            "month",
            "place",
            "breakdown_key",
            "source",
            "known_at",
            name="uq_fact_version",
        ),
        Index("ix_fact_read", "measure", "month", "place", "known_at"),
    )

    author: str = Field(sa_column=Column(Text, primary_key=True))
    epoch: UUID = Field(sa_column=Column(Id, primary_key=True))
    seq: int = Field(sa_column=Column(Long, primary_key=True, autoincrement=False))
    measure: str = Field(sa_column=Column(Text, nullable=False))
    month: date = Field(sa_column=Column(Date, nullable=False))
    place: str = Field(sa_column=Column(Text, nullable=False))
    breakdowns: JsonObject = Field(sa_column=Column(Json, nullable=False))
    breakdown_key: str = Field(sa_column=Column(Text, nullable=False))
    source: str = Field(sa_column=Column(Text, nullable=False))
    numerator: int | None = Field(default=None, sa_column=Column(Long))
    denominator: int | None = Field(default=None, sa_column=Column(Long))
    known_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    replaced_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    provenance: JsonObject = Field(sa_column=Column(Json, nullable=False))


class FactSubscription(TrajectoriesTable, table=True):
    """How far one author's facts were read. A new epoch is loaded beside the one being served, then takes its place.

    read_at: when they were last read to their end.
    """

    __tablename__ = "fact_subscription"

    author: str = Field(sa_column=Column(Text, primary_key=True))
    serving: UUID | None = Field(default=None, sa_column=Column(Id))
    loading: UUID | None = Field(default=None, sa_column=Column(Id))
    cursor: int = Field(sa_column=Column(Long, nullable=False, server_default=text("0")))
    read_at: datetime | None = Field(default=None, sa_column=Column(Instant))


class ReadVersion(TrajectoriesTable, table=True):
    """The version of everything performance answers are made of: raised in the transaction that changes any of it."""

    __tablename__ = "read_version"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: int = Field(
        sa_column=Column(SmallInteger, primary_key=True, autoincrement=False, server_default=text("1"))
    )
    version: int = Field(sa_column=Column(Long, nullable=False, server_default=text("1")))
    changed_at: datetime = Field(sa_column=Column(Instant, nullable=False, server_default=func.now()))


SERVING_FACT_VIEW = """
    create view serving_fact as
    select fact.* from fact join fact_subscription as subscription
        on subscription.author = fact.author and subscription.serving = fact.epoch
"""
