"""The work row: what is to be done, how far it is, and which worker holds it until when."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from shared.db.tables import SINCE_NOW, PlatformTable

RECEIVED = "received"


class Work(PlatformTable, table=True):
    """One piece of background work about one subject. It never holds the subject's content."""

    __tablename__ = "work"
    __table_args__ = (
        CheckConstraint("state in ('received', 'processing', 'done', 'failed')", name="state"),
        UniqueConstraint("subject", "kind"),  # in this order it also finds a row by its subject
        Index("ix_work_open", "kind", "due_at", postgresql_where=text("state in ('received', 'processing')")),
        Index("ix_work_failed", "updated_at", postgresql_where=text("state = 'failed'")),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    subject: UUID
    state: str = Field(sa_column_kwargs={"server_default": RECEIVED})
    progress: float = Field(default=0.0, nullable=False, sa_column_kwargs={"server_default": text("0")})
    attempt: int = Field(sa_column_kwargs={"server_default": text("0")})
    crashes: int = Field(sa_column_kwargs={"server_default": text("0")})
    worker: str | None = None
    lease_until: datetime | None = None
    due_at: datetime = Field(sa_column_kwargs=SINCE_NOW)
    error: str | None = None
    created_at: datetime = Field(sa_column_kwargs=SINCE_NOW)
    updated_at: datetime = Field(sa_column_kwargs=SINCE_NOW)
