"""Events, each occurrence of a recurring one a row of its own, and what came of them."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import AutoString, Field

from services.referrals.database import Counted, ReferralsTable
from shared.db.tables import Json

REPORTED_TOPIC: Final = "event.reported"
"""The event of an event's results: its subject is the event's id."""
CHECKED_TOPIC: Final = "event.checked"
"""The same of its health checks."""


class CommunityEvent(ReferralsTable, table=True):
    """One occurrence of an event. uid: of its calendar; number: which occurrence, from 0.   recurring: whether there may be others."""

    __tablename__ = "community_event"
    __table_args__ = (
        UniqueConstraint("uid", "number"),
        CheckConstraint("ends_at > starts_at", name="ends_at"),
        CheckConstraint("status in ('planned', 'cancelled')", name="status"),
        Index("ix_community_event_starts_at", "starts_at", "id"),
    )

    id: UUID = Field(primary_key=True)
    uid: str
    number: int
    recurring: bool
    version: int = 1
    title: str
    description: str | None = None
    place: str | None = None
    starts_at: datetime
    ends_at: datetime
    rrule: str | None = None
    communities: list[Any] = Field(sa_type=Json)
    ages: list[Any] = Field(sa_type=Json)
    needs: list[Any] = Field(sa_type=Json)
    topics: list[Any] = Field(sa_type=Json)
    public: bool
    status: Literal["planned", "cancelled"] = Field(sa_type=AutoString)
    changed_at: datetime
    changed_by: str


class EventResult(ReferralsTable, Counted, table=True):
    """What came of an event, told once. feedback_n of feedback_of found it good.   schools: those of the registry that it reached."""

    __tablename__ = "event_result"
    __table_args__ = (
        CheckConstraint("greatest(checked, signposted, referred) <= attended", name="attended"),
        Index("ix_event_result_counted", "counted_place", "counted_month"),
    )

    id: UUID = Field(primary_key=True, foreign_key="community_event.id")
    attended: int
    checked: int
    findings: list[Any] = Field(sa_type=Json)
    signposted: int
    referred: int
    schools: list[Any] = Field(sa_type=Json, sa_column_kwargs={"server_default": "[]"})
    feedback_n: int | None = None
    feedback_of: int | None = None
    reported_at: datetime
    reported_by: str


class EventChecks(ReferralsTable, Counted, table=True):
    """The health checks of an event, those with a new finding in one row and the others in another. event_id: whose."""

    __tablename__ = "event_checks"
    __table_args__ = (
        UniqueConstraint("event_id", "found"),
        Index("ix_event_checks_counted", "counted_place", "counted_month"),
    )

    id: UUID = Field(primary_key=True)
    event_id: UUID = Field(foreign_key="event_result.id")
    found: bool
    units: int
