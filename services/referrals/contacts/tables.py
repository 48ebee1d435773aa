"""Contacts."""

from datetime import datetime

from services.referrals.cases.tables import OfCase
from services.referrals.database import ReferralsTable


class Contact(ReferralsTable, OfCase, table=True):
    """One contact of a case. reached: whether the person, or the carer for the person, was reached."""

    __tablename__ = "case_contact"

    at: datetime
    face_to_face: bool
    reached: bool
