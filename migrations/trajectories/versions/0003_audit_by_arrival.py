"""The audit is sealed in the order in which rows arrive, and a restore begins an epoch."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from shared.db.tables import Xid8

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    # Transaction ids begin anew on another server: nothing that is restored may be ordered by them.
    op.drop_index("ix_audit_txid_id", table_name="audit")
    op.add_column("audit", sa.Column("arrival", sa.BigInteger(), sa.Identity(), nullable=False))
    op.create_index("ix_audit_arrival", "audit", ["arrival"], unique=False)
    op.drop_column("audit_seal", "txid")
    op.create_table(
        "audit_epoch",
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("after_seq", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_audit_epoch")),
    )
    op.execute(
        "create trigger audit_epoch_append_only before update or delete or truncate on audit_epoch "
        "for each statement execute function refuse_audit_change()"
    )
    op.execute("alter table audit_epoch enable always trigger audit_epoch_append_only")


def downgrade() -> None:
    op.drop_table("audit_epoch")
    op.add_column("audit_seal", sa.Column("txid", Xid8(), nullable=True))
    op.execute("alter table audit_seal disable trigger audit_seal_append_only")
    op.execute("update audit_seal set txid = audit.txid from audit where audit.id = audit_seal.audit_id")
    op.execute("alter table audit_seal enable always trigger audit_seal_append_only")
    op.alter_column("audit_seal", "txid", nullable=False)
    op.drop_index("ix_audit_arrival", table_name="audit")
    op.drop_column("audit", "arrival")
    op.create_index("ix_audit_txid_id", "audit", ["txid", "id"], unique=False)
