"""An episode is found along the index of its person: a further index and a foreign key cost a quarter of an insert."""

from collections.abc import Sequence

from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.drop_index(op.f("ix_measurement_episode_id"), table_name="measurement")
    op.drop_constraint(op.f("fk_measurement_episode_id_measurement"), "measurement", type_="foreignkey")


def downgrade() -> None:
    op.create_foreign_key(
        op.f("fk_measurement_episode_id_measurement"), "measurement", "measurement", ["episode_id"], ["id"]
    )
    op.create_index(op.f("ix_measurement_episode_id"), "measurement", ["episode_id"], unique=False)
