"""What a receiver registers, and what it is shown."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.http.bodies import RequestBody

LONGEST_URL = 2000


class WebhookBody(RequestBody):
    """An address and the events that it is told of."""

    url: Annotated[
        str, Field(min_length=1, max_length=LONGEST_URL, examples=["https://receiver.example/events"])
    ]
    events: Annotated[list[str], Field(min_length=1, max_length=20)]


class WebhookAnswer(BaseModel):
    """A webhook. `paused_until`: its receiver took nothing lately and is left alone so long."""

    id: UUID
    url: str
    events: list[str]
    created_at: datetime
    failures: int = Field(description="Attempts in a row that failed")
    paused_until: datetime | None


class NewWebhookAnswer(WebhookAnswer):
    """A webhook with its secret, which is shown this once."""

    secret: str = Field(description="Signs every event, as https://www.standardwebhooks.com says")


class WebhookDeliveryAnswer(BaseModel):
    """An event as the webhook is told it. `sent` is still tried, after five days it is `not-delivered`."""

    id: UUID = Field(description="Of the event: `webhook-id` of each attempt")
    type: str
    data: dict[str, Any]
    at: datetime
    status: Literal["sent", "acknowledged", "not-delivered"]
    attempts: int
    last_status: int | None = Field(description="What HTTP said last; null where nobody answered")
    settled_at: datetime | None
