"""Reads for a snapshot: what is open, and what the snapshots before it say."""

from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.database import BY_PEOPLE
from services.referrals.pathways.rules import UNROUTED
from services.referrals.settings import Settings
from services.referrals.snapshots.rules import Line, Rate, Standing
from services.referrals.snapshots.tables import CaseworkDay, WorklistDay
from shared.service.platform import settings_behind

# An item stands at the community that works for the person, also where an urgent team has it. An alert is never overdue.
_STANDING = text(f"""
    select case referral.icc when '{UNROUTED}' then referral.counted_place else referral.icc end as place, standing.stage,
           count(*) as items, count(*) filter (where standing.stage <> 'alert' and standing.due < :at) as late
      from (select id as referral_id, stage, stage_due as due from referral where stage is not null union all
            select referral_id, stage, due_at from worklist_item where done_at is null) as standing
      join referral on referral.id = standing.referral_id
     group by 1, standing.stage
""")  # noqa: S608 -- names of our code


_LINES = ", ".join(f"('{name}=' || coalesce({value}, 'unknown'))" for name, value in BY_PEOPLE.items())
_PLACE = f"case own.icc when '{UNROUTED}' then own.counted_place else own.icc end"
_WHO = "coalesce(encode(own.nhs_number_index, 'hex'), own.id::text)"
# A plan is current until its review is overdue. Only what ended elsewhere, or never was, is no two-hour referral.
_RATES = text(f"""
    with caseload as (
        select own.*, {_WHO} as who, plan.id is not null as current,
               exists (select from care_plan_audit as audit
                        where audit.case_id = open.id and audit.audited_on <= cast(:day as date)
                          and audit.audited_on > cast(:day as date) - interval '12 months') as audited
          from case_record as open join referral as own on own.id = open.referral_id
          left join lateral (select * from care_plan where care_plan.case_id = open.id order by version desc limit 1) as plan
                 on plan.review_on is null or plan.review_on >= cast(:day as date)
         where open.status = 'open'),
    urgent as (
        select own.*, date_trunc('month', own.received_at at time zone 'Europe/London')::date as month,
               exists (select from case_contact as met join case_record on case_record.id = met.case_id
                        where case_record.referral_id = own.id and met.face_to_face and met.reached
                          and met.at <= own.received_at + interval '120 minutes') as in_time
          from referral as own
         where own.priority = 'two-hour' and own.merged_into is null
           and own.status not in ('rejected', 'redirected', 'withdrawn')
           and (own.received_at at time zone 'Europe/London')::time >= cast(:opens as time)
           and (own.received_at at time zone 'Europe/London')::time < cast(:closes as time)
           and own.received_at <= cast(:at as timestamptz) - interval '120 minutes'
           and own.received_at >= (date_trunc('month', cast(cast(:day as date) as timestamp)) - interval '1 month') at time zone 'Europe/London')
    select 'care-plan-coverage' as measure, {_PLACE} as place, date_trunc('month', cast(cast(:day as date) as timestamp))::date as month, line,
           count(distinct who) filter (where current) as numerator, count(distinct who) as denominator
      from caseload as own cross join lateral (values {_LINES}) as lines (line) group by 2, 4 union all
    select 'care-plan-audited-rate', {_PLACE}, date_trunc('month', cast(cast(:day as date) as timestamp))::date, line,
           count(*) filter (where audited), count(*)
      from caseload as own cross join lateral (values {_LINES}) as lines (line) where current group by 2, 4 union all
    select 'urgent-response-2h-rate', {_PLACE}, month, line, count(*) filter (where in_time), count(*)
      from urgent as own cross join lateral (values {_LINES}) as lines (line) group by 2, 3, 4
""")  # noqa: S608 -- names of our code


async def rates_standing(session: AsyncSession, *, at: datetime, day: date) -> list[Rate]:
    """The rates of casework on a day: of the caseload as it is, and of what was received this month and the last."""
    window = settings_behind(session, Settings)
    given = {"at": at, "day": day, "opens": window.two_hours_from, "closes": window.two_hours_until}
    rows = (await (await session.connection()).execute(_RATES, given)).all()
    return sorted(
        Rate(row.measure, row.place, row.month.isoformat(), row.line, row.numerator, row.denominator)
        for row in rows
    )


async def rates_of(session: AsyncSession, known_at: datetime) -> list[Rate] | None:
    """The rates of the snapshot that was taken for a day event; None before it is."""
    taken = await session.get(CaseworkDay, known_at)
    return None if taken is None else [Rate(*rate) for rate in taken.rates]


async def items_standing(session: AsyncSession, *, at: datetime) -> list[Standing]:
    """What stands on the lists now, by place and stage. at: what is late is judged by this instant."""
    rows = (await (await session.connection()).execute(_STANDING, {"at": at})).all()
    return [Standing(row.place, row.stage, row.items, row.late) for row in rows]


async def snapshot_of(session: AsyncSession, known_at: datetime) -> list[Line] | None:
    """The lines of the snapshot that was taken for a day event; None before it is."""
    taken = await session.get(WorklistDay, known_at)
    return None if taken is None else [Line(*line) for line in taken.lines]


async def places_before(session: AsyncSession) -> set[str]:
    """The places of the newest snapshot."""
    newest = select(WorklistDay).order_by(col(WorklistDay.known_at).desc()).limit(1)
    taken = (await session.exec(newest)).first()
    return set() if taken is None else {line[0] for line in taken.lines}
