"""worklists and clocks."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


DECISION = "ck_referral_triage_decision"
# What is there already stands where it would stand if it came in today; work of these pathways and this priority is hot.
FILL = """
    update referral set
        worklist = case when pathway in ('urgent-response', 'discharge-to-assess') or priority = 'two-hour'
                        then coalesce(team, 'unrouted') else icc end,
        stage = case status when 'received' then 'triage' when 'information-requested' then 'information'
                            when 'accepted' then 'first-contact' end,
        stage_due = case status when 'received' then triage_by when 'accepted' then start_by end
"""


def upgrade() -> None:
    op.create_table(
        "referral_pause",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("referral_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reason in ('information-requested', 'in-hospital', 'person-asked')",
            name=op.f("ck_referral_pause_reason"),
        ),
        sa.CheckConstraint("resumed_at >= paused_at", name=op.f("ck_referral_pause_resumed_at")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_referral_pause_referral_id_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_pause")),
    )
    op.create_index(op.f("ix_referral_pause_referral_id"), "referral_pause", ["referral_id"], unique=False)
    op.create_index(
        "uq_referral_pause_running",
        "referral_pause",
        ["referral_id", "reason"],
        unique=True,
        postgresql_where=sa.text("resumed_at is null"),
    )
    op.create_table(
        "worklist_item",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("referral_id", sa.UUID(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("subject", sa.UUID(), nullable=False),
        sa.Column("about", sa.String(), nullable=True),
        sa.Column("worklist", sa.String(), nullable=False),
        sa.Column("assignee", sa.String(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "stage in ('onward-answer', 'repeat-measure', 'mdt-action', 'alert')",
            name=op.f("ck_worklist_item_stage"),
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_worklist_item_referral_id_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worklist_item")),
    )
    op.create_index(
        "ix_worklist_item_assignee",
        "worklist_item",
        ["assignee"],
        unique=False,
        postgresql_where=sa.text("done_at is null"),
    )
    op.create_index(op.f("ix_worklist_item_referral_id"), "worklist_item", ["referral_id"], unique=False)
    op.create_index(
        "ix_worklist_item_worklist",
        "worklist_item",
        ["worklist", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("done_at is null"),
    )
    op.create_index(
        "uq_worklist_item_standing",
        "worklist_item",
        ["stage", "subject"],
        unique=True,
        postgresql_where=sa.text("done_at is null"),
    )
    op.add_column("referral", sa.Column("worklist", sa.String(), server_default="unrouted", nullable=False))
    op.add_column("referral", sa.Column("assignee", sa.String(), nullable=True))
    op.add_column("referral", sa.Column("stage", sa.String(), server_default="triage", nullable=True))
    op.add_column("referral", sa.Column("stage_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("referral", sa.Column("stage_due", sa.DateTime(timezone=True), nullable=True))
    op.add_column("referral", sa.Column("clock_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("referral", sa.Column("merged_into", sa.UUID(), nullable=True))
    op.add_column("referral", sa.Column("number_checked", sa.String(), nullable=True))
    op.add_column("referral", sa.Column("card", sa.LargeBinary(), nullable=True))
    op.execute(FILL)
    op.create_index(
        "ix_referral_assignee",
        "referral",
        ["assignee", "id"],
        unique=False,
        postgresql_where=sa.text("assignee is not null"),
    )
    op.create_index(
        "ix_referral_merged_into",
        "referral",
        ["merged_into"],
        unique=False,
        postgresql_where=sa.text("merged_into is not null"),
    )
    op.create_index(
        "ix_referral_worklist",
        "referral",
        ["worklist", "stage_due", "id"],
        unique=False,
        postgresql_include=["stage"],
        postgresql_where=sa.text("stage is not null"),
    )
    op.create_foreign_key(
        op.f("fk_referral_merged_into_referral"), "referral", "referral", ["merged_into"], ["id"]
    )
    op.add_column("referral_triage", sa.Column("sent_to", sa.LargeBinary(), nullable=True))
    op.drop_constraint(op.f(DECISION), "referral_triage", type_="check")
    op.create_check_constraint(
        op.f(DECISION),
        "referral_triage",
        "decision in ('accept', 'reject', 'redirect', 'request-information')",
    )


def downgrade() -> None:
    op.execute("delete from referral_triage where decision not in ('accept', 'reject')")
    op.drop_constraint(op.f(DECISION), "referral_triage", type_="check")
    op.create_check_constraint(op.f(DECISION), "referral_triage", "decision in ('accept', 'reject')")
    op.drop_column("referral_triage", "sent_to")
    op.drop_constraint(op.f("fk_referral_merged_into_referral"), "referral", type_="foreignkey")
    op.drop_index(
        "ix_referral_worklist", table_name="referral", postgresql_where=sa.text("stage is not null")
    )
    op.drop_index(
        "ix_referral_merged_into", table_name="referral", postgresql_where=sa.text("merged_into is not null")
    )
    op.drop_index(
        "ix_referral_assignee", table_name="referral", postgresql_where=sa.text("assignee is not null")
    )
    op.drop_column("referral", "card")
    op.drop_column("referral", "number_checked")
    op.drop_column("referral", "merged_into")
    op.drop_column("referral", "clock_from")
    op.drop_column("referral", "stage_due")
    op.drop_column("referral", "stage_since")
    op.drop_column("referral", "stage")
    op.drop_column("referral", "assignee")
    op.drop_column("referral", "worklist")
    op.drop_index(
        "uq_worklist_item_standing", table_name="worklist_item", postgresql_where=sa.text("done_at is null")
    )
    op.drop_index(
        "ix_worklist_item_worklist", table_name="worklist_item", postgresql_where=sa.text("done_at is null")
    )
    op.drop_index(op.f("ix_worklist_item_referral_id"), table_name="worklist_item")
    op.drop_index(
        "ix_worklist_item_assignee", table_name="worklist_item", postgresql_where=sa.text("done_at is null")
    )
    op.drop_table("worklist_item")
    op.drop_index(
        "uq_referral_pause_running",
        table_name="referral_pause",
        postgresql_where=sa.text("resumed_at is null"),
    )
    op.drop_index(op.f("ix_referral_pause_referral_id"), table_name="referral_pause")
    op.drop_table("referral_pause")
