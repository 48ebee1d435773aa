"""The read model's copy of the facts, how far each author was read, and the version of what is served."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from services.trajectories.database import TrajectoriesTable
from shared.db.tables import SINCE_NOW, Json, JsonObject


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

    author: str = Field(primary_key=True)
    epoch: UUID = Field(primary_key=True)
    seq: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    measure: str
    month: date
    place: str
    breakdowns: JsonObject = Field(sa_type=Json)
    breakdown_key: str
    source: str
    numerator: int | None = Field(default=None, sa_type=BigInteger)
    denominator: int | None = Field(default=None, sa_type=BigInteger)
    known_at: datetime
    replaced_at: datetime | None = None
    provenance: JsonObject = Field(sa_type=Json)


class FactMonth(TrajectoriesTable, table=True):
    """One month of a measure of which an author has facts; a trigger of `fact` keeps it.

    grouped_at: the newest `known_at` of its facts in force, where they all stand in `fact_group`; null once any has changed since.
    """

    __tablename__ = "fact_month"

    author: str = Field(primary_key=True)
    epoch: UUID = Field(primary_key=True)
    measure: str = Field(primary_key=True)
    month: date = Field(primary_key=True)
    grouped_at: datetime | None = None


class FactGroup(TrajectoriesTable, table=True):
    """The facts in force of a month that have all but place and counts in common, as columns: one row is read for thousands.

    A copy of `fact`, whose trigger takes it away when any fact of the month changes.
    """

    __tablename__ = "fact_group"

    author: str = Field(primary_key=True)
    epoch: UUID = Field(primary_key=True)
    measure: str = Field(primary_key=True)
    month: date = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    breakdown_key: str
    source: str
    provenance: JsonObject = Field(sa_type=Json)
    known_at: datetime
    places: list[str] = Field(sa_type=ARRAY(Text))
    numerators: list[int | None] = Field(sa_type=ARRAY(BigInteger))
    denominators: list[int | None] = Field(sa_type=ARRAY(BigInteger))


class KeptCell(TrajectoriesTable, table=True):
    """A cell that came to this service itself, as it came; its facts are derived from it. `numerator` null withdraws it."""

    __tablename__ = "kept_cell"

    known_at: datetime = Field(primary_key=True)
    measure: str = Field(primary_key=True)
    month: date = Field(primary_key=True)
    place: str = Field(primary_key=True)
    breakdown_key: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    breakdowns: JsonObject = Field(sa_type=Json)
    numerator: int | None = Field(default=None, sa_type=BigInteger)
    denominator: int | None = Field(default=None, sa_type=BigInteger)
    provenance: JsonObject = Field(sa_type=Json)


class FactSubscription(TrajectoriesTable, table=True):
    """How far one author's facts were read. A new epoch is loaded beside the one being served, then takes its place.

    read_at: when they were last read to their end; never for those of this service, which are written and not read.
    """

    __tablename__ = "fact_subscription"

    author: str = Field(primary_key=True)
    serving: UUID | None = None
    loading: UUID | None = None
    cursor: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})
    read_at: datetime | None = None


class ReadVersion(TrajectoriesTable, table=True):
    """The version of everything performance answers are made of: raised in the transaction that changes any of it."""

    __tablename__ = "read_version"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: int = Field(
        sa_type=SmallInteger,
        primary_key=True,
        sa_column_kwargs={"autoincrement": False, "server_default": text("1")},
    )
    version: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": text("1")})
    changed_at: datetime = Field(sa_column_kwargs=SINCE_NOW)


SERVING_FACT_VIEW = """
    create view serving_fact as
    select fact.* from fact join fact_subscription as subscription
        on subscription.author = fact.author and subscription.serving = fact.epoch
"""
