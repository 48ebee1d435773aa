"""meetings."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    _disclosed("'onward-referral', 'care-plan', 'summary', 'break-glass', 'mdt-meeting'")
    op.create_table(
        "mdt_meeting",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("community", sa.String(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("chair", sa.String(), nullable=False),
        sa.Column("attendees", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("sectors", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mdt_meeting")),
    )
    op.create_index("ix_mdt_meeting_community", "mdt_meeting", ["community", "held_on"], unique=False)
    op.create_index("ix_mdt_meeting_held_on", "mdt_meeting", ["held_on"], unique=False)
    op.create_table(
        "mdt_discussion",
        sa.Column("counted_month", sa.Date(), nullable=False),
        sa.Column("counted_place", sa.String(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("meeting_id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("decisions", sa.LargeBinary(), nullable=False),
        sa.Column("consent_given_by", sa.String(), nullable=True),
        sa.Column("consent_on", sa.Date(), nullable=True),
        sa.Column("benefit_due_on", sa.Date(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("self_care", sa.String(), nullable=True),
        sa.Column("avoided", sa.Integer(), nullable=False),
        sa.Column("judged_by", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "consent_given_by in ('self', 'attorney', 'parental-responsibility', 'best-interests')",
            name=op.f("ck_mdt_discussion_consent_given_by"),
        ),
        sa.CheckConstraint(
            "judged_by in ('case-manager', 'person', 'carer', 'gp', 'hospital', 'mdt', 'partner')",
            name=op.f("ck_mdt_discussion_judged_by"),
        ),
        sa.CheckConstraint(
            "self_care in ('better', 'same', 'worse', 'unknown')", name=op.f("ck_mdt_discussion_self_care")
        ),
        sa.CheckConstraint(
            "(asked_on is null) = (self_care is null)", name=op.f("ck_mdt_discussion_asked_on")
        ),
        sa.CheckConstraint("avoided >= 0", name=op.f("ck_mdt_discussion_avoided")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_mdt_discussion_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["mdt_meeting.id"], name=op.f("fk_mdt_discussion_meeting_id_mdt_meeting")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mdt_discussion")),
        sa.UniqueConstraint("meeting_id", "case_id", name=op.f("uq_mdt_discussion_meeting_id_case_id")),
    )
    op.create_index(op.f("ix_mdt_discussion_case_id"), "mdt_discussion", ["case_id"], unique=False)
    op.create_index(
        "ix_mdt_discussion_counted", "mdt_discussion", ["counted_place", "counted_month"], unique=False
    )
    op.create_table(
        "mdt_request",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("meeting_id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_mdt_request_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["mdt_meeting.id"], name=op.f("fk_mdt_request_meeting_id_mdt_meeting")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mdt_request")),
        sa.UniqueConstraint("meeting_id", "case_id", name=op.f("uq_mdt_request_meeting_id_case_id")),
    )
    op.create_index(op.f("ix_mdt_request_case_id"), "mdt_request", ["case_id"], unique=False)
    op.create_table(
        "mdt_action",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("discussion_id", sa.UUID(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("done_by", sa.String(), nullable=True),
        sa.CheckConstraint("(done_on is null) = (done_by is null)", name=op.f("ck_mdt_action_done_by")),
        sa.ForeignKeyConstraint(
            ["discussion_id"], ["mdt_discussion.id"], name=op.f("fk_mdt_action_discussion_id_mdt_discussion")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mdt_action")),
    )
    op.create_index(op.f("ix_mdt_action_discussion_id"), "mdt_action", ["discussion_id"], unique=False)
    op.create_index("ix_mdt_action_due_on", "mdt_action", ["due_on"], unique=False)


def downgrade() -> None:
    _disclosed("'onward-referral', 'care-plan', 'summary', 'break-glass'")
    op.drop_index("ix_mdt_action_due_on", table_name="mdt_action")
    op.drop_index(op.f("ix_mdt_action_discussion_id"), table_name="mdt_action")
    op.drop_table("mdt_action")
    op.drop_index(op.f("ix_mdt_request_case_id"), table_name="mdt_request")
    op.drop_table("mdt_request")
    op.drop_index("ix_mdt_discussion_counted", table_name="mdt_discussion")
    op.drop_index(op.f("ix_mdt_discussion_case_id"), table_name="mdt_discussion")
    op.drop_table("mdt_discussion")
    op.drop_index("ix_mdt_meeting_held_on", table_name="mdt_meeting")
    op.drop_index("ix_mdt_meeting_community", table_name="mdt_meeting")
    op.drop_table("mdt_meeting")


def _disclosed(kinds: str) -> None:
    """Let disclosures be of these kinds."""
    op.drop_constraint(op.f("ck_disclosure_kind"), "disclosure", type_="check")
    op.create_check_constraint(op.f("ck_disclosure_kind"), "disclosure", f"kind in ({kinds})")
