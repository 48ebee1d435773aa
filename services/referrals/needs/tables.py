"""What was published of the communities' needs."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Field

from services.referrals.database import ReferralsTable
from shared.db.tables import Json


class NeedsPublication(ReferralsTable, table=True):
    """The needs of one community in one quarter as everybody may read them, decided once. quarter: its first day."""

    __tablename__ = "needs_publication"

    community: str = Field(primary_key=True)
    quarter: date = Field(primary_key=True)
    told: dict[str, Any] = Field(sa_type=Json)
    published_at: datetime
