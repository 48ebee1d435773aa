"""forums, insights, trainings and needs."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "community_forum",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("community", sa.String(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("invited", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("attended", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("problems", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_forum")),
    )
    op.create_index("ix_community_forum_community", "community_forum", ["community", "held_on"], unique=False)
    op.create_table(
        "community_insight",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("community", sa.String(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("age", sa.String(), nullable=True),
        sa.Column("need", sa.String(), nullable=True),
        sa.Column("theme", sa.String(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_insight")),
    )
    op.create_index(
        "ix_community_insight_community", "community_insight", ["community", "told_on"], unique=False
    )
    op.create_table(
        "community_training",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("begun_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("community", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_training")),
    )
    op.create_index(
        "ix_community_training_community", "community_training", ["community", "begun_on"], unique=False
    )
    op.create_table(
        "needs_publication",
        sa.Column("community", sa.String(), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("told", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("community", "quarter", name=op.f("pk_needs_publication")),
    )
    op.create_table(
        "community_training_places",
        sa.Column("counted_month", sa.Date(), nullable=False),
        sa.Column("counted_place", sa.String(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("training_id", sa.UUID(), nullable=False),
        sa.Column("org_kind", sa.String(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "org_kind in ('voluntary', 'faith', 'housing', 'police', 'fire', 'education', 'employer', 'council', 'health', 'community-group')",
            name=op.f("ck_community_training_places_org_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["training_id"],
            ["community_training.id"],
            name=op.f("fk_community_training_places_training_id_community_training"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_training_places")),
        sa.UniqueConstraint(
            "training_id", "org_kind", name=op.f("uq_community_training_places_training_id_org_kind")
        ),
    )
    op.create_index(
        "ix_community_training_places_counted",
        "community_training_places",
        ["counted_place", "counted_month"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_community_training_places_counted", table_name="community_training_places")
    op.drop_table("community_training_places")
    op.drop_table("needs_publication")
    op.drop_index("ix_community_training_community", table_name="community_training")
    op.drop_table("community_training")
    op.drop_index("ix_community_insight_community", table_name="community_insight")
    op.drop_table("community_insight")
    op.drop_index("ix_community_forum_community", table_name="community_forum")
    op.drop_table("community_forum")
