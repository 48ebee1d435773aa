"""The row that makes a repeated POST harmless. Its unique key is the whole mechanism: nobody looks before inserting."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from shared.db.tables import SINCE_NOW, Json, PlatformTable


class IdempotencyRow(PlatformTable, table=True):
    """One key of one client at one route, with the digest of what it asked and the answer it got.

    `key` is an alias, since a key may hold anything. `status` is null while the first request's transaction runs, which nobody else can see. `body` is encrypted.
    """

    __tablename__ = "idempotency"
    __table_args__ = (CheckConstraint("octet_length(body_sha256) = 32", name="digest"),)

    client: str = Field(primary_key=True)
    route: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    body_sha256: bytes
    status: int | None = None
    headers: dict[str, Any] | None = Field(default=None, sa_type=Json)
    body: bytes | None = None
    created_at: datetime = Field(index=True, sa_column_kwargs=SINCE_NOW)
