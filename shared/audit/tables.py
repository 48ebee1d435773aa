"""The audit rows and their seals. Both are append-only: triggers refuse anything but INSERT (ddl.py)."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from shared.db.tables import Id, Instant, Json, PlatformTable, Xid8


class AuditRow(PlatformTable, table=True):
    """One access, change or refusal.

    `at` is the writer's clock and under the row's MAC; `recorded_at` and `txid` are the server's and come under the seal.
    `person_key` is a keyed hash: no name and no NHS number stands in an audit row.
    """

    __tablename__ = "audit"
    __table_args__ = (
        # The sealer takes rows in this order; a row below the horizon can no longer be followed by an earlier one.
        Index("ix_audit_txid_id", "txid", "id"),
        Index("ix_audit_resource_id", "resource_id"),
    )

    id: uuid.UUID = Field(sa_column=Column(Id, primary_key=True))
    txid: int | None = Field(
        default=None, sa_column=Column(Xid8(), server_default=text("pg_current_xact_id()"), nullable=False)
    )
    recorded_at: datetime | None = Field(
        default=None, sa_column=Column(Instant, server_default=text("clock_timestamp()"), nullable=False)
    )
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    event: str
    outcome: str
    code: str | None = None
    client: str | None = None
    client_name: str | None = None
    role: str | None = None
    org: str | None = None
    purpose: str | None = None
    peer: str | None = None
    request_id: str | None = None
    correlation_id: str | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    version_before: int | None = None
    version_after: int | None = None
    person_key: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    detail: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    mac: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class AuditSeal(PlatformTable, table=True):
    """The place of one audit row in the service's chain: numbered without gaps, in the order of transactions.

    row_hash: SHA-256 of the whole row.   chain_hash: keyed hash over the one before, the number, and the row hash.
    """

    __tablename__ = "audit_seal"
    __table_args__ = (UniqueConstraint("audit_id", name="uq_audit_seal_audit_id"),)

    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    audit_id: uuid.UUID = Field(sa_column=Column(Id, nullable=False))
    txid: int = Field(sa_column=Column(Xid8(), nullable=False))
    row_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    chain_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sealed_at: datetime = Field(sa_column=Column(Instant, nullable=False))
