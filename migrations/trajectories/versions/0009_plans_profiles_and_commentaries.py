"""plans profiles and commentaries."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "annual_plan",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("community", sa.String(), nullable=False),
        sa.Column("year", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("objectives", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("workforce", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status in ('draft', 'agreed')", name=op.f("ck_annual_plan_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annual_plan")),
        sa.UniqueConstraint(
            "community", "year", "version", name=op.f("uq_annual_plan_community_year_version")
        ),
    )
    op.create_table(
        "commentary",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("measure", sa.String(), nullable=True),
        sa.Column("community", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commentary")),
    )
    op.create_index("ix_commentary_place", "commentary", ["community", "period"], unique=False)
    op.create_table(
        "profile",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("community", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("indicators", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile")),
        sa.UniqueConstraint("community", "version", name=op.f("uq_profile_community_version")),
    )


def downgrade() -> None:
    op.drop_table("profile")
    op.drop_index("ix_commentary_place", table_name="commentary")
    op.drop_table("commentary")
    op.drop_table("annual_plan")
