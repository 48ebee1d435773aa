"""files wait sealed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


# Nothing needs the bytes of what is decided: what was read from them is kept, with their digest.
FORGET_DECIDED = """
    delete from feed_file f using feed_submission s
    where s.id = f.submission_id and s.status in ('accepted', 'rejected')
"""


def upgrade() -> None:
    op.add_column("feed_file", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    op.alter_column("feed_file", "content", existing_type=postgresql.BYTEA(), nullable=True)
    op.execute(FORGET_DECIDED)


def downgrade() -> None:
    op.alter_column("feed_file", "content", existing_type=postgresql.BYTEA(), nullable=False)
    op.drop_column("feed_file", "sealed")
