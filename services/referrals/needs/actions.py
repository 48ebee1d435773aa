"""The needs of a community: exact for who leads there, as published for others; the only writer of what is published."""

from dataclasses import asdict
from datetime import date
from typing import Any, Final

from sqlalchemy.dialects.postgresql import insert

from services.referrals.needs.queries import needs_of
from services.referrals.needs.rules import Counted, Needs, protected
from services.referrals.needs.schemas import (
    NeedCount,
    NeedsAnswer,
    PathwayCount,
    ReasonCount,
    ThemeCount,
    UnmetCount,
    Waits,
)
from services.referrals.needs.tables import NeedsPublication
from services.referrals.records.scope import iccs_under
from shared.months import Month, Period, financial_quarter, london_day, parse_period
from shared.problems import Invalid, NotFound
from shared.registry.selection import AmbiguousCommunity
from shared.service.acting import Act

_WRITTEN: Final = "A quarter is written 2026-27-Q1."


async def read_needs(act: Act, icc: str, *, quarter: str | None) -> NeedsAnswer:
    """What a community needs in a quarter. Raises NotFound, Invalid."""
    today = london_day(act.now)
    _check_icc(act, icc, today)
    exact = _has_exact(act, icc, today)
    now = financial_quarter(Month.of(today))
    period = _period(quarter) if quarter is not None else now
    if exact:
        return _answer(icc, period, await _counted(act, icc, period), exact=True, published=None)
    if quarter is None:
        period = financial_quarter(now.first - 1)
    if period.last.first_day >= now.first.first_day:
        raise Invalid.one("query.fields", "/quarter", "A quarter is published once it is over.")
    return await _published(act, icc, period)


def _check_icc(act: Act, icc: str, today: date) -> None:
    if iccs_under(icc, registry=act.registry, on=today) == [icc]:
        return
    try:
        act.registry.resolve(icc, today)
    except AmbiguousCommunity as several:
        raise Invalid.one("icc.ambiguous", "/icc", several.detail) from None
    except Invalid:
        raise NotFound from None
    raise NotFound


def _has_exact(act: Act, icc: str, today: date) -> bool:
    if not act.caller.has("performance.detail"):
        return False
    named = act.caller.communities or ()
    return act.caller.all_communities or any(icc in act.registry.members(slug, today) for slug in named)


def _period(text: str) -> Period:
    """A quarter as it is written, 2026-27-Q1. Raises Invalid."""
    try:
        period = parse_period(text)
    except ValueError:
        raise Invalid.one("date.format", "/quarter", _WRITTEN) from None
    if "-Q" not in text:
        raise Invalid.one("date.format", "/quarter", _WRITTEN)
    return period


async def _counted(act: Act, icc: str, period: Period, *, most_reasons: int | None = 20) -> Needs:
    on = min(london_day(act.now), _last_day(period))
    return await needs_of(
        act.session,
        icc,
        places=[icc, *act.registry.practices_of(icc, on)],
        communities=act.registry.members(icc, on),
        first=period.first.first_day,
        last=_last_day(period),
        most_reasons=most_reasons,
    )


def _last_day(period: Period) -> date:
    return period.last.first_day.replace(day=period.last.days)


async def _published(act: Act, icc: str, period: Period) -> NeedsAnswer:
    """The needs as published, which the first question after the quarter's end decides for good."""
    key = (icc, period.first.first_day)
    kept = await act.session.get(NeedsPublication, key)
    if kept is None:
        told = protected(await _counted(act, icc, period, most_reasons=None))
        made = insert(NeedsPublication).values(
            community=icc, quarter=period.first.first_day, told=asdict(told), published_at=act.now
        )
        await act.session.exec(made.on_conflict_do_nothing())
        kept = await act.session.get_one(NeedsPublication, key)
    return _answer(icc, period, _kept(kept.told), exact=False, published=kept)


def _kept(told: dict[str, Any]) -> Needs:
    lists = {
        name: [Counted(tuple(one["of"]), one["count"]) for one in told[name]]
        for name in ("reasons", "pathways", "insights", "unmet")
    }
    return Needs(**{**told, **lists})


def _answer(
    icc: str, period: Period, needs: Needs, *, exact: bool, published: NeedsPublication | None
) -> NeedsAnswer:
    return NeedsAnswer.model_validate(
        {
            "icc": icc,
            "quarter": period.label,
            "exact": exact,
            "published_at": None if published is None else published.published_at,
            "risk_bands": {band: _count(count) for band, count in needs.risk_bands.items()},
            "reasons": [
                ReasonCount(code=one.of[0], system=one.of[1], **_count(one.count)) for one in needs.reasons
            ],
            "pathways": [
                PathwayCount(pathway=one.of[0] or "", **_count(one.count)) for one in needs.pathways
            ],
            "insights": [ThemeCount(theme=one.of[0] or "", **_count(one.count)) for one in needs.insights],
            "waits": Waits(
                triaged=NeedCount(**_count(needs.triaged)),
                in_time=NeedCount(**_count(needs.in_time)),
                median_days=needs.median_days,
            ),
            "unmet": [
                UnmetCount(kind=one.of[0] or "", key=one.of[1] or "", **_count(one.count))
                for one in needs.unmet
            ],
        }
    )


def _count(count: int | None) -> dict[str, Any]:
    return {"value": count, "suppressed": count is None}
