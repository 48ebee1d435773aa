"""signals of performance."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "performance_signal",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kinds", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("variation", sa.String(), nullable=True),
        sa.Column("version_id", sa.UUID(), nullable=True),
        sa.Column("given_in", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kinds <@ array['performance.special-cause', 'trajectory.above-two-months', 'trajectory.drafted', "
            "'trajectory.approved']::text[] and cardinality(kinds) > 0",
            name=op.f("ck_performance_signal_kinds"),
        ),
        sa.CheckConstraint("basis in ('exact', 'published')", name=op.f("ck_performance_signal_basis")),
        sa.CheckConstraint(
            "(basis is null) = (version_id is not null)", name=op.f("ck_performance_signal_version")
        ),
        sa.CheckConstraint(
            "extract(day from month) = 1 and extract(day from given_in) = 1",
            name=op.f("ck_performance_signal_months"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["trajectory_version.id"],
            name=op.f("fk_performance_signal_version_id_trajectory_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_performance_signal")),
    )
    for name, columns, of_version in (
        ("uq_performance_signal_month", ["basis", "measure", "place", "month"], False),
        ("uq_performance_signal_given", ["basis", "measure", "place", "given_in"], False),
        ("uq_performance_signal_version", ["kinds", "measure", "place", "month", "given_in"], True),
    ):
        where = sa.text("version_id is not null" if of_version else "version_id is null")
        op.create_index(name, "performance_signal", columns, unique=True, postgresql_where=where)


def downgrade() -> None:
    op.drop_table("performance_signal")
