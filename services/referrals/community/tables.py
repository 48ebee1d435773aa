"""Forum meetings, insights and trainings."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from services.referrals.database import Counted, ReferralsTable
from services.referrals.directory.rules import PARTNER_KINDS
from shared.db.tables import Json

TRAINED_TOPIC: Final = "training.completed"
"""The event of who completed a training: its subject is the row of one kind of organisation."""


class Forum(ReferralsTable, table=True):
    """One meeting with partners. invited, attended: codes of partners.   Encrypted: problems (JSON)."""

    __tablename__ = "community_forum"
    __table_args__ = (Index("ix_community_forum_community", "community", "held_on"),)

    id: UUID = Field(primary_key=True)
    community: str
    held_on: date
    invited: list[Any] = Field(sa_type=Json)
    attended: list[Any] = Field(sa_type=Json)
    problems: bytes
    recorded_at: datetime
    recorded_by: str


class Insight(ReferralsTable, table=True):
    """What somebody learnt in a conversation with the community. Encrypted text: text."""

    __tablename__ = "community_insight"
    __table_args__ = (Index("ix_community_insight_community", "community", "told_on"),)

    id: UUID = Field(primary_key=True)
    community: str
    told_on: date
    age: str | None = None
    need: str | None = None
    theme: str
    text: bytes
    recorded_at: datetime
    recorded_by: str


class Training(ReferralsTable, table=True):
    """One training that was given. schools: those of the registry that it reached."""

    __tablename__ = "community_training"
    __table_args__ = (Index("ix_community_training_community", "community", "begun_on"),)

    id: UUID = Field(primary_key=True)
    topic: str
    begun_on: date
    days: int
    community: str
    schools: list[Any] = Field(sa_type=Json, sa_column_kwargs={"server_default": "[]"})
    recorded_at: datetime
    recorded_by: str


class TrainingPlaces(ReferralsTable, Counted, table=True):
    """How many of one kind of organisation completed a training."""

    __tablename__ = "community_training_places"
    __table_args__ = (
        UniqueConstraint("training_id", "org_kind"),
        CheckConstraint(f"org_kind in {PARTNER_KINDS!r}", name="org_kind"),
        Index("ix_community_training_places_counted", "counted_place", "counted_month"),
    )

    id: UUID = Field(primary_key=True)
    training_id: UUID = Field(foreign_key="community_training.id")
    org_kind: str
    completed: int
