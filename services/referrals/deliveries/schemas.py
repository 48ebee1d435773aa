"""What a sender is told of the answers that it is owed."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class DeliveryAnswer(BaseModel):
    """One answer to a message. `sent` is still tried, after five days it is `not-delivered`."""

    id: UUID
    referral_id: UUID
    outcome: Literal["in-progress", "cancelled", "finished"]
    status: Literal["sent", "acknowledged", "not-delivered"]
    created_at: datetime
    attempts: int
    last_status: int | None = Field(description="What HTTP said last; null where nobody answered")
    settled_at: datetime | None
    paused_until: datetime | None = Field(
        description="Of a sender that took nothing lately: when it is tried again"
    )


class DeliveryList(BaseModel):
    """The answers about one referral, oldest first."""

    items: list[DeliveryAnswer]
