"""surveys of teams."""

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
        "survey_round",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("invited", sa.Integer(), nullable=False),
        sa.Column("replies", sa.Integer(), nullable=False),
        sa.Column("sums", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("extract(day from month) = 1", name=op.f("ck_survey_round_month")),
        sa.CheckConstraint("replies between 0 and invited", name=op.f("ck_survey_round_replies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_round")),
    )
    op.create_index("ix_survey_round_counted", "survey_round", ["place", "month"], unique=False)
    op.create_index("ix_survey_round_team", "survey_round", ["team", "month", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_survey_round_team", table_name="survey_round")
    op.drop_index("ix_survey_round_counted", table_name="survey_round")
    op.drop_table("survey_round")
