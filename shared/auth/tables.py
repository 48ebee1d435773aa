"""Rows of the revocation list, one list in each service's database."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Text, UniqueConstraint, func
from sqlmodel import Field

from shared.db.tables import Id, Instant, PlatformTable


class Revocation(PlatformTable, table=True):
    """A client, or one token of a client, that is refused from now on."""

    __tablename__ = "revocation"
    __table_args__ = (
        CheckConstraint("num_nonnulls(client, token_id) = 1", name="one_target"),
        UniqueConstraint("client"),
        UniqueConstraint("token_id"),
    )

    id: UUID = Field(sa_column=Column(Id, primary_key=True))
    client: str | None = Field(default=None, sa_column=Column(Text))
    token_id: str | None = Field(default=None, sa_column=Column(Text))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    revoked_by: str = Field(sa_column=Column(Text, nullable=False))
    revoked_at: datetime = Field(sa_column=Column(Instant, nullable=False, server_default=func.now()))
