"""Webhooks, what they are told, and what waits to be told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Text, text
from sqlmodel import Field

from shared.db.tables import Json, PlatformTable


class Webhook(PlatformTable, table=True):
    """An address that is told of events, with the rights of the token that registered it.

    owner: whose it is, an organisation or a client.   client, org, communities, scopes: of that token; they decide what it
    hears of.   secret: encrypted.   failures: attempts in a row that failed.   paused_until: it is left alone so long.
    """

    __tablename__ = "webhook"

    id: UUID = Field(primary_key=True)
    owner: str = Field(index=True)
    client: str
    org: str | None = None
    communities: list[str] | None = Field(default=None, sa_type=ARRAY(Text))
    scopes: list[str] = Field(sa_type=ARRAY(Text))
    url: str
    events: list[str] = Field(sa_type=ARRAY(Text))
    secret: bytes
    created_at: datetime
    failures: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    paused_until: datetime | None = None


class WebhookEvent(PlatformTable, table=True):
    """Something that happened and that no webhook was told of yet. The worker makes deliveries of it and takes it away.

    kinds: all that it tells.   subject: the row that it is about, where one decides who may hear of it.
    data: ids, places and times; never a person and never a figure.
    """

    __tablename__ = "webhook_event"

    id: UUID = Field(primary_key=True)
    kinds: list[str] = Field(sa_type=ARRAY(Text))
    subject: UUID | None = None
    data: dict[str, Any] = Field(sa_type=Json)
    at: datetime


class WebhookDelivery(PlatformTable, table=True):
    """One event as one webhook is told it. Its id for the receiver is that of the event, at each attempt.

    status: `sent` until it is acknowledged, or was not taken for five days.   tried_from: when those began; a replay begins
    them anew.   attempts: how often it was tried, and the fence of the one that tries.   last_status: what HTTP said last,
    null where nobody answered.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        CheckConstraint("status in ('sent', 'acknowledged', 'not-delivered')", name="status"),
        CheckConstraint("(status = 'sent') = (settled_at is null)", name="settled_at"),
        Index("ix_webhook_delivery_due", "next_at", postgresql_where=text("status = 'sent'")),
    )

    webhook_id: UUID = Field(primary_key=True, foreign_key="webhook.id", ondelete="CASCADE")
    event_id: UUID = Field(primary_key=True)
    kind: str
    data: dict[str, Any] = Field(sa_type=Json)
    at: datetime
    status: str = Field(default="sent", sa_column_kwargs={"server_default": "sent"})
    tried_from: datetime
    next_at: datetime
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    last_status: int | None = None
    settled_at: datetime | None = None
