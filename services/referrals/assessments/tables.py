"""Assessments."""

from datetime import date
from typing import Final

from sqlalchemy import Index

from services.referrals.cases.tables import OfCase
from services.referrals.database import Counted, Described, ReferralsTable

ASSESSED_TOPIC: Final = "case.assessed"
"""The event of an assessment: its subject is the assessment's id."""


class Assessment(ReferralsTable, OfCase, Counted, Described, table=True):
    """One assessment of a case.

    high_falls_risk: whether it found a high risk of falling.   newly_at_risk: whether none before it did, of the same person.
    """

    __tablename__ = "assessment"
    __table_args__ = (Index("ix_assessment_counted", "counted_place", "counted_month"),)

    assessed_on: date
    high_falls_risk: bool
    newly_at_risk: bool
