"""summaries of measurements."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "summary_snapshot",
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("people", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("counts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("part in ('first', 'later')", name=op.f("ck_summary_snapshot_part")),
        sa.CheckConstraint("state in ('alone', 'together', 'apart')", name=op.f("ck_summary_snapshot_state")),
        sa.PrimaryKeyConstraint("instrument", "quarter", "part", "place", name=op.f("pk_summary_snapshot")),
    )
    op.create_index(
        "ix_measurement_summaries",
        "measurement",
        [
            "instrument",
            "occasion",
            "person",
            sa.literal_column("taken_on desc"),
            sa.literal_column("id desc"),
        ],
        unique=False,
        postgresql_include=["icc", "programme", "episode_id", "band", "edition", "score", "metric"],
        postgresql_where=sa.text("superseded_by is null"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_measurement_summaries",
        table_name="measurement",
        postgresql_include=["icc", "programme", "episode_id", "band", "edition", "score", "metric"],
        postgresql_where=sa.text("superseded_by is null"),
    )
    op.drop_table("summary_snapshot")
