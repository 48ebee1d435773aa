"""Who stands in for whom."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.referrals.database import ReferralsTable


class Cover(ReferralsTable, table=True):
    """The days on which one person's list is another's too. for_client, by_client: the `sub` of each."""

    __tablename__ = "worklist_cover"
    __table_args__ = (
        CheckConstraint("to_on >= from_on", name="to_on"),
        CheckConstraint("for_client <> by_client", name="by_client"),
        Index("ix_worklist_cover_by_client", "by_client", "from_on", "to_on"),
    )

    id: UUID = Field(primary_key=True)
    for_client: str
    by_client: str
    from_on: date
    to_on: date
    made_by: str
    made_at: datetime
