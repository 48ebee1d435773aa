"""The first schema of the outcomes service."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

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
        "fact_cell",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("breakdowns", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("breakdown_key", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=True),
        sa.Column("denominator", sa.BigInteger(), nullable=True),
        sa.Column("provenance", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_fact_cell")),
        sa.UniqueConstraint(
            "measure", "month", "place", "breakdown_key", "source", "known_at", name="uq_fact_cell_version"
        ),
    )
    op.create_index(
        "uq_fact_cell_standing",
        "fact_cell",
        ["measure", "month", "place", "breakdown_key", "source"],
        unique=True,
        postgresql_where=sa.text("replaced_at is null"),
    )
    op.create_table(
        "fact_epoch",
        sa.Column("id", sa.SmallInteger(), server_default=sa.text("1"), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_fact_epoch_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_epoch")),
    )
    op.create_table(
        "fact_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("subject", sa.UUID(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_event")),
    )
    op.create_index("ix_fact_event_known_at", "fact_event", ["known_at"], unique=False)
    op.create_index(
        "ix_fact_event_pending",
        "fact_event",
        ["id"],
        unique=False,
        postgresql_where=sa.text("known_at is null"),
    )
    op.create_index("ix_fact_event_subject", "fact_event", ["subject", "topic"], unique=False)
    op.create_table(
        "feed_submission",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("council", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("stated_period", sa.String(), server_default="", nullable=False),
        sa.Column("period", sa.String(), nullable=True),
        sa.Column("first_month", sa.Date(), nullable=True),
        sa.Column("last_month", sa.Date(), nullable=True),
        sa.Column("period_named", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("status", sa.String(), server_default="received", nullable=False),
        sa.Column("live", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=True),
        sa.Column("rows_accepted", sa.Integer(), nullable=True),
        sa.Column("rows_rejected", sa.Integer(), nullable=True),
        sa.Column("rows_skipped", sa.Integer(), nullable=True),
        sa.Column("totals", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("errors", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("errors_total", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("warnings", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("aliases_used", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("supersedes", sa.UUID(), nullable=True),
        sa.Column("superseded_by", sa.UUID(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status in ('received', 'accepted', 'rejected', 'failed')",
            name=op.f("ck_feed_submission_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_submission")),
    )
    op.create_index("ix_feed_submission_list", "feed_submission", ["feed", "council", "id"], unique=False)
    op.create_index(
        "uq_feed_submission_live",
        "feed_submission",
        ["feed", "council", "sha256", "stated_period"],
        unique=True,
        postgresql_where=sa.text("live"),
    )
    op.create_table(
        "feed_coverage",
        sa.Column("submission_id", sa.UUID(), nullable=False),
        sa.Column("table_key", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("council", sa.String(), nullable=False),
        sa.Column("in_force", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["feed_submission.id"],
            name=op.f("fk_feed_coverage_submission_id_feed_submission"),
        ),
        sa.PrimaryKeyConstraint("submission_id", "table_key", "month", name=op.f("pk_feed_coverage")),
        sa.UniqueConstraint(
            "feed", "council", "month", "table_key", "submission_id", name="uq_feed_coverage_history"
        ),
    )
    op.create_index(
        "uq_feed_coverage_in_force",
        "feed_coverage",
        ["feed", "council", "table_key", "month"],
        unique=True,
        postgresql_where=sa.text("in_force"),
    )
    op.create_table(
        "feed_figure",
        sa.Column("submission_id", sa.UUID(), nullable=False),
        sa.Column("table_key", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.CheckConstraint("count >= 0", name=op.f("ck_feed_figure_count")),
        sa.CheckConstraint("extract(day from month) = 1", name=op.f("ck_feed_figure_month")),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["feed_submission.id"],
            name=op.f("fk_feed_figure_submission_id_feed_submission"),
        ),
        sa.PrimaryKeyConstraint(
            "submission_id", "table_key", "month", "place", "category", name=op.f("pk_feed_figure")
        ),
    )
    op.create_table(
        "feed_file",
        sa.Column("submission_id", sa.UUID(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["feed_submission.id"], name=op.f("fk_feed_file_submission_id_feed_submission")
        ),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_feed_file")),
    )
    op.create_table(
        "feed_submission_key",
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("submission_id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["feed_submission.id"],
            name=op.f("fk_feed_submission_key_submission_id_feed_submission"),
        ),
        sa.PrimaryKeyConstraint("client", "route", "key", name=op.f("pk_feed_submission_key")),
    )
    op.create_index("ix_feed_submission_key_created_at", "feed_submission_key", ["created_at"], unique=False)
    op.create_index(
        "ix_feed_submission_key_submission_id", "feed_submission_key", ["submission_id"], unique=False
    )
    for statement in APPEND_ONLY_UP:
        op.execute(statement)
    op.execute("insert into fact_epoch (id) values (1)")


def downgrade() -> None:
    for statement in APPEND_ONLY_DOWN:
        op.execute(statement)
    op.drop_index("ix_feed_submission_key_submission_id", table_name="feed_submission_key")
    op.drop_index("ix_feed_submission_key_created_at", table_name="feed_submission_key")
    op.drop_table("feed_submission_key")
    op.drop_table("feed_file")
    op.drop_table("feed_figure")
    op.drop_index(
        "uq_feed_coverage_in_force", table_name="feed_coverage", postgresql_where=sa.text("in_force")
    )
    op.drop_table("feed_coverage")
    op.drop_index("uq_feed_submission_live", table_name="feed_submission", postgresql_where=sa.text("live"))
    op.drop_index("ix_feed_submission_list", table_name="feed_submission")
    op.drop_table("feed_submission")
    op.drop_index("ix_fact_event_subject", table_name="fact_event")
    op.drop_index(
        "ix_fact_event_pending", table_name="fact_event", postgresql_where=sa.text("known_at is null")
    )
    op.drop_index("ix_fact_event_known_at", table_name="fact_event")
    op.drop_table("fact_event")
    op.drop_table("fact_epoch")
    op.drop_index(
        "uq_fact_cell_standing", table_name="fact_cell", postgresql_where=sa.text("replaced_at is null")
    )
    op.drop_table("fact_cell")
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
