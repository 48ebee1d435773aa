"""The first schema of the trajectories service."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.trajectories.ingest.tables import SERVING_FACT_VIEW
from shared.audit.tables import APPEND_ONLY_DOWN, APPEND_ONLY_UP
from shared.db.tables import Xid8

revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("txid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("client", sa.String(), nullable=True),
        sa.Column("client_name", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("org", sa.String(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=True),
        sa.Column("peer", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("correlation_id", sa.String(), nullable=True),
        sa.Column("resource_type", sa.String(), nullable=True),
        sa.Column("resource_id", sa.String(), nullable=True),
        sa.Column("version_before", sa.Integer(), nullable=True),
        sa.Column("version_after", sa.Integer(), nullable=True),
        sa.Column("person_key", sa.LargeBinary(), nullable=True),
        sa.Column("detail", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_resource_id", "audit", ["resource_id"], unique=False)
    op.create_index("ix_audit_txid_id", "audit", ["txid", "id"], unique=False)
    op.create_table(
        "audit_seal",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("audit_id", sa.UUID(), nullable=False),
        sa.Column("txid", Xid8(), nullable=False),
        sa.Column("row_hash", sa.LargeBinary(), nullable=False),
        sa.Column("chain_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("audit_id", name="uq_audit_seal_audit_id"),
    )
    op.create_table(
        "idempotency",
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("octet_length(body_sha256) = 32", name=op.f("ck_idempotency_digest")),
        sa.PrimaryKeyConstraint("client", "route", "key", name=op.f("pk_idempotency")),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"], unique=False)
    op.create_table(
        "revocation",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("client", sa.String(), nullable=True),
        sa.Column("token_id", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("revoked_by", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("num_nonnulls(client, token_id) = 1", name=op.f("ck_revocation_one_target")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation")),
        sa.UniqueConstraint("client", name=op.f("uq_revocation_client")),
        sa.UniqueConstraint("token_id", name=op.f("uq_revocation_token_id")),
    )
    op.create_table(
        "work",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.UUID(), nullable=False),
        sa.Column("state", sa.String(), server_default="received", nullable=False),
        sa.Column("progress", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("crashes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state in ('received', 'processing', 'done', 'failed')", name=op.f("ck_work_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work")),
        sa.UniqueConstraint("subject", "kind", name=op.f("uq_work_subject_kind")),
    )
    op.create_index(
        "ix_work_failed", "work", ["updated_at"], unique=False, postgresql_where=sa.text("state = 'failed'")
    )
    op.create_index(
        "ix_work_open",
        "work",
        ["kind", "due_at"],
        unique=False,
        postgresql_where=sa.text("state in ('received', 'processing')"),
    )
    op.create_table(
        "fact",
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("epoch", sa.UUID(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("breakdowns", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("breakdown_key", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=True),
        sa.Column("denominator", sa.BigInteger(), nullable=True),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provenance", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("author", "epoch", "seq", name=op.f("pk_fact")),
        sa.UniqueConstraint(
            "author",
            "epoch",
            "measure",
            "month",
            "place",
            "breakdown_key",
            "source",
            "known_at",
            name="uq_fact_version",
        ),
    )
    op.create_index("ix_fact_read", "fact", ["measure", "month", "place", "known_at"], unique=False)
    op.create_table(
        "fact_subscription",
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("serving", sa.UUID(), nullable=True),
        sa.Column("loading", sa.UUID(), nullable=True),
        sa.Column("cursor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("author", name=op.f("pk_fact_subscription")),
    )
    op.create_table(
        "read_version",
        sa.Column("id", sa.SmallInteger(), server_default=sa.text("1"), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_read_version_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_version")),
    )
    for statement in APPEND_ONLY_UP:
        op.execute(statement)
    op.execute(SERVING_FACT_VIEW)
    op.execute("insert into read_version (id) values (1)")


def downgrade() -> None:
    for statement in APPEND_ONLY_DOWN:
        op.execute(statement)
    op.execute("drop view serving_fact")
    op.drop_table("read_version")
    op.drop_table("fact_subscription")
    op.drop_index("ix_fact_read", table_name="fact")
    op.drop_table("fact")
    op.drop_index(
        "ix_work_open", table_name="work", postgresql_where=sa.text("state in ('received', 'processing')")
    )
    op.drop_index("ix_work_failed", table_name="work", postgresql_where=sa.text("state = 'failed'"))
    op.drop_table("work")
    op.drop_table("revocation")
    op.drop_index("ix_idempotency_created_at", table_name="idempotency")
    op.drop_table("idempotency")
    op.drop_table("audit_seal")
    op.drop_index("ix_audit_txid_id", table_name="audit")
    op.drop_index("ix_audit_resource_id", table_name="audit")
    op.drop_table("audit")
