"""signals about returns."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "feed_watch",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("begun_on", sa.Date(), nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_feed_watch_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_feed_watch")),
    )
    op.create_table(
        "feed_signal",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("council", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("submission_id", sa.UUID(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'feed.revised') = (submission_id is not null)", name=op.f("ck_feed_signal_submission")
        ),
        sa.CheckConstraint(
            "kind in ('feed.due', 'feed.late', 'feed.revised')", name=op.f("ck_feed_signal_kind")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["feed_submission.id"],
            name=op.f("fk_feed_signal_submission_id_feed_submission"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_signal")),
    )
    op.create_index(
        "uq_feed_signal_by_date",
        "feed_signal",
        ["feed", "council", "period", "kind"],
        unique=True,
        postgresql_where=sa.text("submission_id is null"),
    )
    op.create_index(
        "uq_feed_signal_of_submission",
        "feed_signal",
        ["submission_id", "period"],
        unique=True,
        postgresql_where=sa.text("submission_id is not null"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_feed_signal_of_submission",
        table_name="feed_signal",
        postgresql_where=sa.text("submission_id is not null"),
    )
    op.drop_index(
        "uq_feed_signal_by_date", table_name="feed_signal", postgresql_where=sa.text("submission_id is null")
    )
    op.drop_table("feed_signal")
    op.drop_table("feed_watch")
