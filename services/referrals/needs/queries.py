"""Counting what a community needs in a quarter."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.case_finding.rules import BANDS
from services.referrals.needs.rules import MOST_REASONS, Counted, Needs

_BANDS: Final = text("""
    select band, count(*) from (
        select distinct on (pseudonym) pseudonym, band from case_finding_member
         where icc = :icc and measured_on <= :last order by pseudonym, measured_on desc, id desc) as newest
     group by band
""")
_OWN: Final = "counted_place = any(:places) and counted_month between :first and :last"
_REASONS: Final = text(f"""
    select reason_code, reason_system, count(*) from referral where {_OWN} and merged_into is null
     group by 1, 2 order by 3 desc, 1, 2
""")  # noqa: S608 -- names of our code
_PATHWAYS: Final = text(f"""
    select pathway, count(*) from referral where {_OWN} and merged_into is null group by 1 order by 2 desc, 1
""")  # noqa: S608 -- names of our code
_INSIGHTS: Final = text("""
    select theme, count(*) from community_insight
     where community = any(:communities) and told_on between :first and :last group by 1 order by 2 desc, 1
""")
_WAITS: Final = text("""
    select count(*), count(*) filter (where made.in_time),
           round(percentile_cont(0.5) within group (order by
               extract(epoch from made.decided_at - referral.received_at) / 86400.0))::integer
      from referral_triage as made join referral on referral.id = made.referral_id
     where made.counted_place = any(:places) and made.counted_month between :first and :last
       and (made.decision in ('accept', 'reject') or made.sent_to is not null)
""")
_UNMET: Final = text("""
    select 'pathway', referral.pathway, count(*)
      from referral_triage as made join referral on referral.id = made.referral_id
     where made.counted_place = any(:places) and made.counted_month between :first and :last
       and made.reason_code = 'no-capacity' group by 2
    union all
    select 'service', asked.service, count(*) from onward_referral as asked
     where asked.counted_place = any(:places) and asked.status = 'declined' and asked.reason_code = 'no-capacity'
       and (asked.answered_at at time zone 'Europe/London')::date between :first and :last group by 2
     order by 3 desc, 1, 2
""")


async def needs_of(
    session: AsyncSession,
    icc: str,
    *,
    places: Sequence[str],
    communities: Sequence[str],
    first: date,
    last: date,
    most_reasons: int | None = MOST_REASONS,
) -> Needs:
    """What a community needs, counted now. places: where its people count.   communities: itself and those within it."""
    connection = await session.connection()
    given: dict[str, Any] = {"places": list(places), "first": first, "last": last}

    async def lines(statement: Any, **more: Any) -> list[Counted]:
        rows = (await connection.execute(statement, {**given, **more})).all()
        return [Counted(tuple(row[:-1]), int(row[-1])) for row in rows]

    found = await connection.execute(_BANDS, {"icc": icc, "last": last})
    bands = {row[0]: int(row[1]) for row in found}
    triaged, in_time, median = (await connection.execute(_WAITS, given)).one()
    rows = await connection.execute(
        _INSIGHTS, {"communities": list(communities), "first": first, "last": last}
    )
    return Needs(
        risk_bands={band: bands.get(band, 0) for band in BANDS},
        reasons=(await lines(_REASONS))[:most_reasons],
        pathways=await lines(_PATHWAYS),
        insights=[Counted((theme,), int(count)) for theme, count in rows],
        triaged=triaged,
        in_time=in_time,
        median_days=median,
        unmet=await lines(_UNMET),
    )
