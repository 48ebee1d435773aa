"""What an operator is answered about the facts that come in."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class SubscriptionAnswer(BaseModel):
    """How far one author's facts were read. `lag_seconds` is the time since they were last read to their end."""

    author: str
    epoch: UUID | None
    rebuilding: bool
    cursor: int
    read_at: datetime | None
    lag_seconds: float | None


class SubscriptionList(BaseModel):
    """Every author that was ever read."""

    items: list[SubscriptionAnswer]
