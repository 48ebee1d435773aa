"""Cohorts, the lists that made them, and whom they hold."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, UniqueConstraint
from sqlmodel import AutoString, Field

from services.referrals.case_finding.rules import BANDS, MEMBER_STATUSES, MemberStatus
from services.referrals.database import ReferralsTable
from shared.db.tables import Json


class Cohort(ReferralsTable, table=True):
    """People whom one practice, or one community's workers, found by lists of one name. owner: which of them."""

    __tablename__ = "case_finding_cohort"
    __table_args__ = (UniqueConstraint("owner", "name"),)

    id: UUID = Field(primary_key=True)
    owner: str
    name: str
    made_at: datetime


class FoundList(ReferralsTable, table=True):
    """One list that was sent. digest: keyed, of the file, which is not kept.   quarantined: rows set aside, without any value."""

    __tablename__ = "case_finding_list"

    id: UUID = Field(primary_key=True)
    cohort_id: UUID = Field(foreign_key="case_finding_cohort.id", index=True)
    digest: bytes
    row_count: int
    added: int
    updated: int
    unchanged: int
    quarantined: list[Any] = Field(sa_type=Json)
    sent_at: datetime
    sent_by: str


class Member(ReferralsTable, table=True):
    """One person of a cohort, under a pseudonym. sector: of the postcode, no finer.   icc: of the practice when the list came.

    referral_id: of who was invited, told to the practice alone.   Encrypted text: nhs_number, for the practice alone; null where the list gave a pseudonym.
    """

    __tablename__ = "case_finding_member"
    __table_args__ = (
        UniqueConstraint("cohort_id", "pseudonym"),
        CheckConstraint(f"band in {BANDS!r}", name="band"),
        CheckConstraint(f"status in {MEMBER_STATUSES!r}", name="status"),
        CheckConstraint("(status = 'found') = (referral_id is null)", name="referral_id"),
        Index("ix_case_finding_member_cohort_id", "cohort_id", "id"),
    )

    id: UUID = Field(primary_key=True)
    cohort_id: UUID = Field(foreign_key="case_finding_cohort.id")
    list_id: UUID = Field(foreign_key="case_finding_list.id")
    pseudonym: str
    practice: str
    icc: str
    instrument: str
    score: Decimal = Field(sa_type=Numeric(9, 6))
    band: str
    measured_on: date
    sector: str | None = None
    nhs_number: bytes | None = None
    status: MemberStatus = Field(
        default="found", sa_type=AutoString, sa_column_kwargs={"server_default": "found"}
    )
    referral_id: UUID | None = Field(default=None, foreign_key="referral.id", index=True)
    invited_at: datetime | None = None
    answered_at: datetime | None = None
