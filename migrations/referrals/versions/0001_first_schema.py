"""The first schema of the referrals service."""

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
        "referral",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("status", sa.String(), server_default="received", nullable=False),
        sa.Column("icc", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("pathway", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.Column("requester_kind", sa.String(), nullable=False),
        sa.Column("requester_code", sa.String(), nullable=True),
        sa.Column("registered_practice", sa.String(), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("reason_system", sa.String(), nullable=True),
        sa.Column("legal_basis", sa.String(), nullable=False),
        sa.Column("referred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("triage_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_month", sa.Date(), nullable=False),
        sa.Column("counted_place", sa.String(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=True),
        sa.Column("possible_duplicate_of", sa.UUID(), nullable=True),
        sa.Column("duplicate_shown", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("nhs_number_index", sa.LargeBinary(), nullable=True),
        sa.Column("local_index", sa.LargeBinary(), nullable=True),
        sa.Column("nhs_number", sa.LargeBinary(), nullable=True),
        sa.Column("local_identity", sa.LargeBinary(), nullable=True),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("sender", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "identity = 'tracing' or nhs_number_index is not null",
            name=op.f("ck_referral_identity_index"),
        ),
        sa.CheckConstraint(
            "(nhs_number is null) = (nhs_number_index is null)",
            name=op.f("ck_referral_nhs_number_index"),
        ),
        sa.CheckConstraint(
            "(requester_kind = 'self') = (requester_code is null)", name=op.f("ck_referral_requester_code")
        ),
        sa.CheckConstraint(
            "counted_month = date_trunc('month', counted_month)", name=op.f("ck_referral_counted_month")
        ),
        sa.CheckConstraint("identity in ('nhs-number', 'tracing')", name=op.f("ck_referral_identity")),
        sa.CheckConstraint(
            "priority in ('routine', 'urgent', 'two-hour')", name=op.f("ck_referral_priority")
        ),
        sa.CheckConstraint(
            "requester_kind in ('ods', 'partner', 'self')", name=op.f("ck_referral_requester_kind")
        ),
        sa.CheckConstraint(
            "status in ('received', 'information-requested', 'accepted', 'redirected', 'rejected', 'withdrawn', 'closed')",
            name=op.f("ck_referral_status"),
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_referral_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
    )
    op.create_index("ix_referral_counted", "referral", ["counted_place", "counted_month"], unique=False)
    op.create_index("ix_referral_icc", "referral", ["icc", "id"], unique=False)
    op.create_index(
        "ix_referral_local_index",
        "referral",
        ["local_index"],
        unique=False,
        postgresql_where=sa.text("local_index is not null"),
    )
    op.create_index(
        "ix_referral_nhs_number_index",
        "referral",
        ["nhs_number_index"],
        unique=False,
        postgresql_where=sa.text("nhs_number_index is not null"),
    )
    op.create_index(
        "ix_referral_registered_practice",
        "referral",
        ["registered_practice", "id"],
        unique=False,
        postgresql_where=sa.text("registered_practice is not null"),
    )
    op.create_index("ix_referral_sent_by", "referral", ["sent_by", "id"], unique=False)
    op.create_index(
        "ix_referral_team",
        "referral",
        ["team", "id"],
        unique=False,
        postgresql_where=sa.text("team is not null"),
    )
    op.create_table(
        "referral_message",
        sa.Column("org", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("referral_id", sa.UUID(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(body_sha256) = 32", name=op.f("ck_referral_message_body_sha256")),
        sa.PrimaryKeyConstraint("org", "message_id", name=op.f("pk_referral_message")),
    )
    op.create_table(
        "referral_event",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("referral_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_client", sa.String(), nullable=False),
        sa.Column("by_org", sa.String(), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name="fk_referral_event_referral_id_referral"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_event")),
    )
    op.create_index("ix_referral_event_referral_id", "referral_event", ["referral_id", "seq"], unique=False)
    for statement in APPEND_ONLY_UP:
        op.execute(statement)
    op.execute("insert into fact_epoch (id) values (1)")


def downgrade() -> None:
    for statement in APPEND_ONLY_DOWN:
        op.execute(statement)
    op.drop_index("ix_referral_event_referral_id", table_name="referral_event")
    op.drop_table("referral_event")
    op.drop_table("referral_message")
    op.drop_index("ix_referral_team", table_name="referral", postgresql_where=sa.text("team is not null"))
    op.drop_index("ix_referral_sent_by", table_name="referral")
    op.drop_index(
        "ix_referral_registered_practice",
        table_name="referral",
        postgresql_where=sa.text("registered_practice is not null"),
    )
    op.drop_index(
        "ix_referral_nhs_number_index",
        table_name="referral",
        postgresql_where=sa.text("nhs_number_index is not null"),
    )
    op.drop_index(
        "ix_referral_local_index", table_name="referral", postgresql_where=sa.text("local_index is not null")
    )
    op.drop_index("ix_referral_icc", table_name="referral")
    op.drop_index("ix_referral_counted", table_name="referral")
    op.drop_table("referral")
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
