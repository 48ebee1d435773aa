"""Rows of the revocation list, one list in each service's database."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from shared.db.tables import SINCE_NOW, PlatformTable


class Revocation(PlatformTable, table=True):
    """A client, or one token of a client, that is refused from now on."""

    __tablename__ = "revocation"
    __table_args__ = (
        CheckConstraint("num_nonnulls(client, token_id) = 1", name="one_target"),
        UniqueConstraint("client"),
        UniqueConstraint("token_id"),
    )

    id: UUID = Field(primary_key=True)
    client: str | None = None
    token_id: str | None = None
    reason: str
    revoked_by: str
    revoked_at: datetime = Field(sa_column_kwargs=SINCE_NOW)
