"""Facts in force as columns."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# In the database, so that no writer can forget it, the release before this one among them. Whoever writes facts holds the
# lock of their author's subscription, so two statements never meet in a month.
FORGET = """
    create function forget_groups() returns trigger language plpgsql as $$
    begin
        delete from fact_group using (select distinct author, epoch, measure, month from changed) as touched
         where (fact_group.author, fact_group.epoch, fact_group.measure, fact_group.month)
             = (touched.author, touched.epoch, touched.measure, touched.month);
        if tg_op = 'DELETE' then
            delete from fact_month using (select distinct author, epoch, measure, month from changed) as touched
             where (fact_month.author, fact_month.epoch, fact_month.measure, fact_month.month)
                 = (touched.author, touched.epoch, touched.measure, touched.month)
               and not exists (select from fact
                    where (fact.author, fact.epoch, fact.measure, fact.month)
                        = (touched.author, touched.epoch, touched.measure, touched.month));
            update fact_month set grouped_at = null
              from (select distinct author, epoch, measure, month from changed) as touched
             where (fact_month.author, fact_month.epoch, fact_month.measure, fact_month.month)
                 = (touched.author, touched.epoch, touched.measure, touched.month) and grouped_at is not null;
        else
            insert into fact_month (author, epoch, measure, month)
            select distinct author, epoch, measure, month from changed
            on conflict (author, epoch, measure, month)
            do update set grouped_at = null where fact_month.grouped_at is not null;
        end if;
        return null;
    end $$
"""
TRIGGERS = tuple(
    f"create trigger forget_groups_{name} after {act} on fact referencing {rows} table as changed "
    "for each statement execute function forget_groups()"
    for name, act, rows in (
        ("inserted", "insert", "new"),
        ("updated", "update", "new"),
        ("deleted", "delete", "old"),
    )
)
MONTHS = """
    insert into fact_month (author, epoch, measure, month)
    select distinct author, epoch, measure, month from fact
"""
# As services/trajectories/ingest/grouping.py does from now on: the facts that this service is the author of.
GROUPS = """
    insert into fact_group (author, epoch, measure, month, number, breakdown_key, source, provenance, known_at,
                            places, numerators, denominators)
    select author, epoch, measure, month,
           row_number() over (partition by author, epoch, measure, month
                                  order by breakdown_key, source, known_at, provenance),
           breakdown_key, source, provenance, known_at, array_agg(place order by place),
           array_agg(numerator order by place), array_agg(denominator order by place)
      from fact
     where author = 'trajectories' and replaced_at is null
     group by author, epoch, measure, month, breakdown_key, source, provenance, known_at
"""
GROUPED = """
    update fact_month set grouped_at = newest.known_at
      from (select author, epoch, measure, month, max(known_at) as known_at
              from fact_group group by author, epoch, measure, month) as newest
     where (fact_month.author, fact_month.epoch, fact_month.measure, fact_month.month)
         = (newest.author, newest.epoch, newest.measure, newest.month)
"""


def upgrade() -> None:
    op.create_table(
        "fact_month",
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("epoch", sa.UUID(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("grouped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("author", "epoch", "measure", "month", name=op.f("pk_fact_month")),
    )
    op.create_table(
        "fact_group",
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("epoch", sa.UUID(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("breakdown_key", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("provenance", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("places", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("numerators", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("denominators", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint("author", "epoch", "measure", "month", "number", name=op.f("pk_fact_group")),
    )
    for column in ("places", "numerators", "denominators"):
        # To pack and unpack them takes longer than to read them.
        op.execute(f"alter table fact_group alter column {column} set storage external")
    op.execute(FORGET)
    for statement in (*TRIGGERS, MONTHS, GROUPS, GROUPED):
        op.execute(statement)


def downgrade() -> None:
    for name in ("inserted", "updated", "deleted"):
        op.execute(f"drop trigger forget_groups_{name} on fact")
    op.execute("drop function forget_groups()")
    op.drop_table("fact_group")
    op.drop_table("fact_month")
