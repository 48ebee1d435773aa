"""The audit rows, their seals, and the epochs of the chain. All are append-only: triggers refuse anything but INSERT."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, Integer, UniqueConstraint, text
from sqlmodel import Field

from shared.db.tables import SINCE_NOW, Json, PlatformTable, Xid8


class AuditRow(PlatformTable, table=True):
    """One access, change or refusal.

    `at` is the writer's clock and under the row's MAC; `recorded_at` and `txid` are the server's and come under the seal.
    `arrival` counts the rows as they come, with gaps; it says where the sealer looks, and a restore keeps it.
    `person_key` is a keyed hash: no name and no NHS number stands in an audit row.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_arrival", "arrival"),
        Index("ix_audit_resource_id", "resource_id"),
    )

    id: uuid.UUID = Field(primary_key=True)
    arrival: int | None = Field(default=None, sa_type=BigInteger, nullable=False, sa_column_args=[Identity()])
    txid: int | None = Field(
        default=None,
        sa_type=Xid8,
        nullable=False,
        sa_column_kwargs={"server_default": text("pg_current_xact_id()")},
    )
    recorded_at: datetime | None = Field(
        default=None, nullable=False, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    at: datetime
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
    person_key: bytes | None = None
    detail: dict[str, Any] = Field(sa_type=Json)
    mac: bytes


class AuditSeal(PlatformTable, table=True):
    """The place of one audit row in the service's chain: numbered without gaps, in the order in which they were sealed.

    row_hash: SHA-256 of the whole row.   chain_hash: keyed hash over the one before, the number, and the row hash.
    """

    __tablename__ = "audit_seal"
    __table_args__ = (UniqueConstraint("audit_id", name="uq_audit_seal_audit_id"),)

    seq: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    audit_id: uuid.UUID
    row_hash: bytes
    chain_hash: bytes
    sealed_at: datetime


class AuditEpoch(PlatformTable, table=True):
    """A life of this database: from its beginning, or from a restore, until the next restore.

    after_seq: the number of the last seal when it began.   The signed anchors say the same, outside the database.
    """

    __tablename__ = "audit_epoch"

    epoch: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    after_seq: int = Field(sa_type=BigInteger)
    reason: str
    begun_at: datetime = Field(sa_column_kwargs=SINCE_NOW)


# Triggers, and not only missing rights: the role that migrates owns the tables, and owners keep every right.
# The first migrations run these: a table that came later has its trigger in its own migration.
_TABLES = ("audit", "audit_seal")

_FUNCTION = """
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end
$$
"""

APPEND_ONLY_UP: tuple[str, ...] = (
    _FUNCTION,
    *(
        f"create trigger {table}_append_only before update or delete or truncate on {table} "
        "for each statement execute function refuse_audit_change()"
        for table in _TABLES
    ),
    *(f"alter table {table} enable always trigger {table}_append_only" for table in _TABLES),
)

APPEND_ONLY_DOWN: tuple[str, ...] = (
    *(f"drop trigger {table}_append_only on {table}" for table in _TABLES),
    "drop function refuse_audit_change()",
)
