"""Carers."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.referrals.consents.rules import GIVERS
from services.referrals.database import Counted, ReferralsTable

IDENTIFIED_TOPIC: Final = "carer.identified"
"""The event of a carer who was recorded: its subject is the carer's id."""
CARER_ASSESSED_TOPIC: Final = "carer.assessed"
"""The event of a carer's assessment: its subject is the assessment's id."""


class Carer(ReferralsTable, Counted, table=True):
    """One person who cares for the person of a case. counted_month: of the day on which the case recorded them.

    consent_given_by, consent_on: of the carer's own consent.   Encrypted text: name, relationship, phone.
    """

    __tablename__ = "carer"
    __table_args__ = (
        CheckConstraint(f"consent_given_by in {GIVERS!r}", name="consent_given_by"),
        Index("ix_carer_counted", "counted_place", "counted_month"),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="case_record.id", index=True)
    name: bytes
    relationship: bytes
    phone: bytes | None = None
    consent_given_by: str
    consent_on: date
    offered_assessment_on: date | None = None
    recorded_at: datetime
    recorded_by: str


class CarerAssessment(ReferralsTable, Counted, table=True):
    """The completed assessment of one carer. counted_month: of the day on which it was made."""

    __tablename__ = "carer_assessment"
    __table_args__ = (Index("ix_carer_assessment_counted", "counted_place", "counted_month"),)

    id: UUID = Field(primary_key=True)
    carer_id: UUID = Field(foreign_key="carer.id", unique=True)
    assessed_on: date
