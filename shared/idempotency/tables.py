"""The row that makes a repeated POST harmless. Its unique key is the whole mechanism: nobody looks before inserting."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, Text, func
from sqlmodel import Field

from shared.db.tables import Id, Instant, Json, PlatformTable


class IdempotencyRow(PlatformTable, table=True):
    """One key of one client at one route, with the digest of what it asked and the answer it got.

    `status` is null while the first request's transaction runs, which nobody else can see. `body` is encrypted.
    """

    __tablename__ = "idempotency"
    __table_args__ = (
        CheckConstraint("octet_length(body_sha256) = 32", name="digest"),
        Index("ix_idempotency_created_at", "created_at"),
    )

    client: str = Field(sa_column=Column(Text, primary_key=True))
    route: str = Field(sa_column=Column(Text, primary_key=True))
    key: str = Field(sa_column=Column(Text, primary_key=True))
    id: UUID = Field(sa_column=Column(Id, nullable=False))
    body_sha256: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    status: int | None = Field(default=None, sa_column=Column(Integer))
    headers: dict[str, Any] | None = Field(default=None, sa_column=Column(Json))
    body: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False, server_default=func.now()))
