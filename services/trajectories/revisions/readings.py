"""The past of a figure as one caller may see it."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from services.trajectories.errors import BelowCommunity, TooMuchAsked
from services.trajectories.performance.current import measure_named, sight_of
from services.trajectories.performance.reporting import Reporting
from services.trajectories.performance.rules.series import plain_number
from services.trajectories.performance.schemas import ProtectionAnswer
from services.trajectories.revisions.queries import MOST, cells_ever_filed, counted_since, ever_published
from services.trajectories.revisions.rules import Revision, joined, revisions_of
from services.trajectories.revisions.schemas import RevisionItem, RevisionsAnswer
from shared.months import Month
from shared.service.acting import Act

_MANY = 200
_PUBLISHED = (
    "These are the figures as they were published, each from the publication that first showed it so."
)


async def revisions(
    act: Act, reporting: Reporting, *, measure: str, community: str, month: Month
) -> RevisionsAnswer:
    """Every value of a figure. Raises Invalid, BelowCommunity, TooMuchAsked."""
    found = measure_named(reporting, measure)
    place = reporting.places.registry.resolve(community)
    sight = sight_of(act.caller, reporting.places)
    if not sight.may_ask(place, [month]):
        raise BelowCommunity
    protection, notes = None, []
    if sight.exactly(place, month):
        codes = sorted(reporting.places.codes(place, month))
        filed = await cells_ever_filed(reporting.database, found, codes, month)
        if len(filed) > MOST:
            raise TooMuchAsked(parts=-(-len(filed) // MOST))
        counted = await counted_since(reporting.database, found)
        work = partial(revisions_of, found, place, month, filed, places=reporting.places, counted=counted)
        past = await asyncio.to_thread(work) if len(filed) > _MANY else work()
        told = {"measures": [found.key], "places": [place.token], "month": str(month), "exact": len(past)}
        if past:
            await act.happened("performance.read", resource_type="performance", detail=told)
    else:
        past = list(joined(await ever_published(reporting.database, found, place.token, month)))
        policy = reporting.policy
        protection = ProtectionAnswer(
            policy=policy.id,
            threshold=policy.threshold,
            base=policy.base,
            publication=None,
            published_at=None,
        )
        notes = [_PUBLISHED]
    return RevisionsAnswer(
        measure=found.key,
        community=place.token,
        month=month,
        items=_items(past),
        protection=protection,
        notes=notes,
    )


def _items(past: Sequence[Revision]) -> list[RevisionItem]:
    items = []
    before: Revision | None = None
    for one in past:
        change = None
        if before is not None and before.value is not None and one.value is not None:
            change = plain_number(one.value - before.value)
        told: dict[str, Any] = {}
        if len(one.submissions) == 1:
            told["submission"] = one.submissions[0]
        elif one.submissions:
            told["submissions"] = list(one.submissions)
        items.append(
            RevisionItem(
                value=plain_number(one.value),
                numerator=one.numerator,
                denominator=one.denominator,
                suppressed=one.suppressed,
                from_=one.begins,
                to=one.ends,
                change=change,
                **told,
            )
        )
        before = one
    return items
