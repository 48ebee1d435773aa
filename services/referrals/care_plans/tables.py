"""Care plans and their audits."""

from datetime import date
from typing import Final

from sqlalchemy import Index, UniqueConstraint

from services.referrals.cases.tables import OfCase
from services.referrals.database import Counted, Described, ReferralsTable

PLAN_AUDITED_TOPIC: Final = "care-plan.audited"
"""The event of a plan's audit: its subject is the audit's id."""


class CarePlan(ReferralsTable, OfCase, table=True):
    """One version of the care plan of a case; the newest is the plan. Rows are only ever added."""

    __tablename__ = "care_plan"
    __table_args__ = (UniqueConstraint("case_id", "version"),)

    version: int
    review_on: date | None = None
    consent_to_share: bool


class CarePlanAudit(ReferralsTable, OfCase, Counted, Described, table=True):
    """One audit of a care plan. passed: whether all of its items were found."""

    __tablename__ = "care_plan_audit"
    __table_args__ = (Index("ix_care_plan_audit_counted", "counted_place", "counted_month"),)

    plan_version: int
    audited_on: date
    passed: bool
