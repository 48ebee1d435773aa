"""Reviews."""

from datetime import date

from services.referrals.cases.tables import OfCase
from services.referrals.database import ReferralsTable


class Review(ReferralsTable, OfCase, table=True):
    """One review of a case."""

    __tablename__ = "case_review"

    reviewed_on: date
    next_review_on: date | None = None
