"""The figures of casework that change with the date, in SQL: which rows a figure counts, and the cells that follow from them."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from services.referrals.database import BY_PEOPLE
from services.referrals.pathways.rules import UNROUTED
from shared.months import Month

FALLS: Final = "falls-prevention"
"""The pathway that supports people at risk of falling."""
_LINES = ", ".join(f"('{name}=' || coalesce({value}, 'unknown'))" for name, value in BY_PEOPLE.items())
_MONTH = "date_trunc('month', cast(cast(:day as date) as timestamp))::date"
_PLACE = f"case own.icc when '{UNROUTED}' then own.counted_place else own.icc end"
_WHO = "coalesce(encode(own.nhs_number_index, 'hex'), own.id::text)"
_ENDED_ELSEWHERE = "('rejected', 'redirected', 'withdrawn')"
_IN_LONDON = "at time zone 'Europe/London'"
# Figures of this month and the last are made anew each day: what was done late is entered late.
_LAST_MONTH = f"({_MONTH} - interval '1 month')::date"
_YEAR_BEFORE = "(cast(:day as date) - interval '12 months')::date"

# A plan is current until its review is overdue.
_CASELOAD = f"""
    select own.*, {_PLACE} as place, {_MONTH} as month, {_WHO} as who, plan.id is not null as current,
           exists (select from care_plan_audit as audit
                    where audit.case_id = open.id and audit.audited_on <= cast(:day as date)
                      and audit.audited_on > cast(:day as date) - interval '12 months') as audited
      from case_record as open join referral as own on own.id = open.referral_id
      left join lateral (select * from care_plan where care_plan.case_id = open.id order by version desc limit 1) as plan
             on plan.review_on is null or plan.review_on >= cast(:day as date)
     where open.status = 'open'
"""  # noqa: S608 -- names of our code
_FIRST_FACE = """
    select min(met.at) from case_contact as met join case_record on case_record.id = met.case_id
     where case_record.referral_id = own.id and met.face_to_face and met.reached
"""
# Only what ended elsewhere, or never was, is no two-hour referral.
_URGENT = f"""
    select own.*, {_PLACE} as place, date_trunc('month', own.received_at {_IN_LONDON})::date as month,
           coalesce(({_FIRST_FACE}) <= own.received_at + interval '120 minutes', false) as hit
      from referral as own
     where own.priority = 'two-hour' and own.merged_into is null and own.status not in {_ENDED_ELSEWHERE}
       and (own.received_at {_IN_LONDON})::time >= cast(:opens as time)
       and (own.received_at {_IN_LONDON})::time < cast(:closes as time)
       and own.received_at <= cast(:at as timestamptz) - interval '120 minutes'
       and own.received_at >= {_LAST_MONTH}::timestamp {_IN_LONDON}
"""  # noqa: S608 -- names of our code
# Home is where the person is once no longer in hospital; of who was never said to be there, where somebody first met them.
# A figure waits until nobody can be late any more by the referral's own clock: a day, and two more.
_HOME = f"""
    select own.*, {_PLACE} as place, own.counted_month as month,
           case when running.reason is null then coalesce(
               (select min(resumed_at) from referral_pause as stay where stay.referral_id = own.id and stay.reason = 'in-hospital'),
               ({_FIRST_FACE})) end as home_at
      from referral as own
      left join referral_pause as running
             on running.referral_id = own.id and running.reason = 'in-hospital' and running.resumed_at is null
     where own.pathway = 'discharge-to-assess' and own.merged_into is null and own.status not in {_ENDED_ELSEWHERE}
       and own.received_at <= cast(:at as timestamptz) - interval '1 day'
       and own.counted_month in (
           select recent.counted_month from referral as recent
            where recent.pathway = 'discharge-to-assess'
              and (recent.counted_month >= {_LAST_MONTH} or recent.received_at >= cast(:at as timestamptz) - interval '5 days'))
"""  # noqa: S608 -- names of our code
_ASSESSED = f"""
    select own.*, exists (
               select from assessment as made join case_record on case_record.id = made.case_id
                where case_record.referral_id = own.id
                  and made.assessed_on between (own.home_at {_IN_LONDON})::date and (own.home_at {_IN_LONDON})::date + 2) as hit
      from home as own where own.received_at <= cast(:at as timestamptz) - interval '3 days'
"""  # noqa: S608 -- names of our code
_SAME_PERSON = "(same.id = of_case.id or same.nhs_number_index = of_case.nhs_number_index)"
# Whom an assessment found newly at high risk, once the 28 days are over. Support is a service for falls that was asked and did not
# decline, or a case on the pathway for falls. Of months that are over, those that an assessment was entered for lately.
_SUPPORTED = f"""
    select own.*, own.counted_place as place, own.counted_month as month, exists (
               select from onward_referral as asked join referral as same on same.id = asked.referral_id
                where {_SAME_PERSON} and asked.service = any(:falls_services) and asked.status not in ('declined', 'recalled')
                  and (asked.sent_at {_IN_LONDON})::date between own.assessed_on and own.assessed_on + 28)
           or exists (
               select from case_record as helped join referral as same on same.id = helped.referral_id
                where {_SAME_PERSON} and same.pathway = '{FALLS}' and (helped.opened_at {_IN_LONDON})::date <= own.assessed_on + 28
                  and (helped.discharged_on is null or helped.discharged_on >= own.assessed_on)) as hit
      from assessment as own join case_record as assessed on assessed.id = own.case_id
      join referral as of_case on of_case.id = assessed.referral_id
     where own.newly_at_risk and own.assessed_on + 28 < cast(:day as date)
       and own.counted_month in (
           select recent.counted_month from assessment as recent
            where recent.newly_at_risk and (
                recent.counted_month >= ({_LAST_MONTH} - interval '1 month')::date
                or recent.recorded_at >= cast(:at as timestamptz) - interval '30 days'))
"""  # noqa: S608 -- names of our code
# What a community's own list had of hot work, which belongs to urgent teams, by the month in which the case opened.
_WORKED = f"""
    select own.*, own.icc as place, date_trunc('month', open.opened_at {_IN_LONDON})::date as month,
           own.pathway = any(:hot_pathways) or own.priority = :hot_priority as hit
      from case_record as open join referral as own on own.id = open.referral_id
     where own.worklist = own.icc and own.icc <> '{UNROUTED}'
       and open.opened_at >= {_LAST_MONTH}::timestamp {_IN_LONDON}
"""  # noqa: S608 -- names of our code
# A person's first item ever, by the month in which a service that gives such items said that it was done.
_EQUIPPED = f"""
    select * from (
        select distinct on (who) own.*, {_PLACE} as place,
               date_trunc('month', own.completed_at {_IN_LONDON})::date as month
          from (select own.*, {_WHO} as who, asked.completed_at
                  from onward_referral as asked join referral as own on own.id = asked.referral_id
                 where asked.service = any(:equipping_services) and asked.completed_at is not null) as own
         order by who, own.completed_at) as first
     where first.month >= {_LAST_MONTH}
"""  # noqa: S608 -- names of our code
# What multidisciplinary meetings agreed and fell due before the day, and was not overtaken by the person's discharge.
_AGREED = f"""
    select said.counted_place as place, date_trunc('month', own.due_on)::date as month,
           coalesce(own.done_on <= own.due_on, false) as hit
      from mdt_action as own join mdt_discussion as said on said.id = own.discussion_id
      join case_record as open on open.id = said.case_id
     where own.due_on < cast(:day as date) and own.due_on >= {_LAST_MONTH}
       and not (own.done_on is null and coalesce(open.discharged_on <= own.due_on, false))
"""  # noqa: S608 -- names of our code
# Whom a meeting discussed, once the three months are over; later answers are taken for three months more.
_ASKED_AFTER = f"""
    select said.counted_place as place, said.counted_month as month, {_WHO} as who,
           coalesce(said.self_care = 'better', false) or said.avoided > 0 as hit
      from mdt_discussion as said join case_record on case_record.id = said.case_id
      join referral as own on own.id = case_record.referral_id
     where said.benefit_due_on < cast(:day as date) and said.counted_month >= ({_MONTH} - interval '6 months')::date
"""  # noqa: S608 -- names of our code

# Partners that were invited to a community's forums, and those who came to any, in the three months that end with a month.
_PARTNERS = f"""
    select held.community as place, ends.month, invited.partner, held.attended ? invited.partner as hit
      from (values ({_MONTH}), ({_LAST_MONTH})) as ends (month)
      join community_forum as held
        on held.held_on >= (ends.month - interval '2 months')::date and held.held_on < (ends.month + interval '1 month')::date
       and held.held_on <= cast(:day as date)
     cross join lateral (
         select jsonb_array_elements_text(held.invited) union select jsonb_array_elements_text(held.attended)
     ) as invited (partner)
"""  # noqa: S608 -- names of our code
# Care homes of the registry, and those that sent any referral of their own here in the twelve months that end with the day.
_HOMES = f"""
    select home.place, {_MONTH} as month, exists (
               select from referral as sent
                where sent.sent_by = home.code and sent.received_at <= cast(:at as timestamptz)
                  and (sent.received_at {_IN_LONDON})::date > {_YEAR_BEFORE}) as hit
      from unnest(cast(:homes as text[]), cast(:home_places as text[])) as home (code, place)
"""  # noqa: S608 -- names of our code
# Schools of the registry, and those that a training or an event of these twelve months says it reached.
_SCHOOLS = f"""
    select school.place, {_MONTH} as month,
           exists (select from community_training as given
                    where given.schools ? school.code and given.begun_on <= cast(:day as date) and given.begun_on > {_YEAR_BEFORE})
           or exists (select from event_result as told join community_event as held on held.id = told.id
                       where told.schools ? school.code and (held.starts_at {_IN_LONDON})::date > {_YEAR_BEFORE}) as hit
      from unnest(cast(:schools as text[]), cast(:school_places as text[])) as school (code, place)
"""  # noqa: S608 -- names of our code


def _whole(
    measure: str, rows: str, *, of: str = "count(*) filter (where own.hit)", among: str = "count(*)"
) -> str:
    """The cells of a rate without breakdowns."""
    return f"""
        select '{measure}', own.place, own.month, '', {of}, {among} from {rows} as own group by own.place, own.month
    """  # noqa: S608 -- names of our code


def _rate(
    measure: str, rows: str, *, of: str = "count(*) filter (where own.hit)", among: str = "count(*)"
) -> str:
    """The cells of a rate: each row in one line of every breakdown of people."""
    return f"""
        select '{measure}' as measure, own.place, own.month, line, {of} as numerator, {among} as denominator
          from {rows} as own cross join lateral (values {_LINES}) as lines (line) group by own.place, own.month, line
    """  # noqa: S608 -- names of our code


_CELLS: Final[Mapping[str, str]] = {
    "care-plan-coverage": _rate(
        "care-plan-coverage",
        "caseload",
        of="count(distinct who) filter (where current)",
        among="count(distinct who)",
    ),
    "care-plan-audited-rate": _rate(
        "care-plan-audited-rate",
        "(select * from caseload where current)",
        of="count(*) filter (where audited)",
    ),
    "urgent-response-2h-rate": _rate("urgent-response-2h-rate", "urgent"),
    "discharge-to-assess-home-rate": _rate(
        "discharge-to-assess-home-rate",
        "home",
        of="count(*) filter (where home_at <= received_at + interval '1 day')",
    ),
    "discharge-to-assess-assessed-rate": _rate("discharge-to-assess-assessed-rate", f"({_ASSESSED})"),
    "falls-supported-rate": _rate("falls-supported-rate", f"({_SUPPORTED})"),
    "hot-work-on-icc-list-rate": _rate("hot-work-on-icc-list-rate", f"({_WORKED})"),
    "mdt-actions-on-time-rate": _whole("mdt-actions-on-time-rate", f"({_AGREED})"),
    "mdt-sectors-present": _whole(
        "mdt-sectors-present",
        f"""(select community as place, date_trunc('month', held_on)::date as month, sectors from mdt_meeting
              where held_on <= cast(:day as date) and held_on >= {_LAST_MONTH})""",  # noqa: S608 -- names of our code
        of="sum(own.sectors)",
    ),
    "mdt-benefit-rate": _whole(
        "mdt-benefit-rate",
        f"({_ASKED_AFTER})",
        of="count(distinct own.who) filter (where own.hit)",
        among="count(distinct own.who)",
    ),
    "partners-active-rate": _whole(
        "partners-active-rate",
        f"({_PARTNERS})",
        of="count(distinct own.partner) filter (where own.hit)",
        among="count(distinct own.partner)",
    ),
    "care-homes-e-referring-rate": _whole("care-homes-e-referring-rate", f"({_HOMES})"),
    "schools-reached-rate": _whole("schools-reached-rate", f"({_SCHOOLS})"),
    "assistive-technology-started": f"""
        select 'assistive-technology-started', own.place, own.month, '', count(*), cast(null as bigint)
          from ({_EQUIPPED}) as own group by own.place, own.month
    """,  # noqa: S608 -- names of our code
}
CASEWORK: Final = tuple(_CELLS)
"""The measures of casework that a day event makes."""
RATES_STATEMENT: Final = f"""
    with caseload as ({_CASELOAD}), urgent as ({_URGENT}), home as ({_HOME})
    {" union all ".join(_CELLS.values())}
"""
_MONTHS_MADE_ANEW: Final = {
    "care-plan-coverage": 1,
    "care-plan-audited-rate": 1,
    "care-homes-e-referring-rate": 1,
    "schools-reached-rate": 1,
    "falls-supported-rate": 3,
    "mdt-benefit-rate": 7,
}


def months_made_anew(measure: str, day: date) -> list[Month]:
    """The months of which the statement gives every cell of a measure on a London day: this one, and those before it."""
    return [Month.of(day) - back for back in range(_MONTHS_MADE_ANEW.get(measure, 2))]
