"""Meetings, whom they discuss, and what follows."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import AutoString, Field

from services.referrals.consents.rules import GIVERS
from services.referrals.database import Counted, ReferralsTable
from services.referrals.discharges.rules import JUDGES
from services.referrals.meetings.rules import SELF_CARE, SelfCare
from shared.db.tables import Json

DISCUSSED_TOPIC: Final = "meeting.discussed"
"""The event of a discussion: its subject is the discussion's id."""


class Meeting(ReferralsTable, table=True):
    """One meeting of a community. chair: a `sub`.

    attendees: organisation or partner, sector, whether they came, and the `sub` where they use the platform; no names.
    sectors: how many different ones came.
    """

    __tablename__ = "mdt_meeting"
    __table_args__ = (
        Index("ix_mdt_meeting_community", "community", "held_on"),
        Index("ix_mdt_meeting_held_on", "held_on"),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    kind: str
    community: str
    held_on: date
    chair: str
    attendees: list[Any] = Field(sa_type=Json)
    sectors: int
    recorded_at: datetime
    recorded_by: str


class MeetingRequest(ReferralsTable, table=True):
    """A case that somebody asks a meeting to discuss. Encrypted text: reason."""

    __tablename__ = "mdt_request"
    __table_args__ = (UniqueConstraint("meeting_id", "case_id"),)

    id: UUID = Field(primary_key=True)
    meeting_id: UUID = Field(foreign_key="mdt_meeting.id")
    case_id: UUID = Field(foreign_key="case_record.id", index=True)
    reason: bytes
    asked_at: datetime
    asked_by: str


class Discussion(ReferralsTable, Counted, table=True):
    """One case that one meeting discussed. kind, counted_month, counted_place: of the meeting.

    benefit_due_on: when the person is to be asked what it was good for.   asked_on, self_care, avoided, judged_by: the answer;
    avoided: how much use of services.   Encrypted: reason, decisions (JSON).
    """

    __tablename__ = "mdt_discussion"
    __table_args__ = (
        UniqueConstraint("meeting_id", "case_id"),
        CheckConstraint(f"consent_given_by in {GIVERS!r}", name="consent_given_by"),
        CheckConstraint(f"self_care in {SELF_CARE!r}", name="self_care"),
        CheckConstraint(f"judged_by in {JUDGES!r}", name="judged_by"),
        CheckConstraint("(asked_on is null) = (self_care is null)", name="asked_on"),
        CheckConstraint("avoided >= 0", name="avoided"),
        Index("ix_mdt_discussion_counted", "counted_place", "counted_month"),
    )

    id: UUID = Field(primary_key=True)
    meeting_id: UUID = Field(foreign_key="mdt_meeting.id")
    case_id: UUID = Field(foreign_key="case_record.id", index=True)
    kind: str
    reason: bytes
    decisions: bytes
    consent_given_by: str | None = None
    consent_on: date | None = None
    benefit_due_on: date
    asked_on: date | None = None
    self_care: SelfCare | None = Field(default=None, sa_type=AutoString)
    avoided: int = 0
    judged_by: str | None = None
    recorded_at: datetime
    recorded_by: str


class MeetingAction(ReferralsTable, table=True):
    """One thing that a meeting agreed to do for a person. owner: a `sub`, a team or an organisation that came.

    Encrypted text: text.
    """

    __tablename__ = "mdt_action"
    __table_args__ = (
        CheckConstraint("(done_on is null) = (done_by is null)", name="done_by"),
        Index("ix_mdt_action_due_on", "due_on"),
    )

    id: UUID = Field(primary_key=True)
    discussion_id: UUID = Field(foreign_key="mdt_discussion.id", index=True)
    text: bytes
    owner: str
    due_on: date
    done_on: date | None = None
    done_by: str | None = None
