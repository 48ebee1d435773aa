"""The only writer of what is published of a quarter: taken when it is asked for, and kept while few people move."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.dialects.postgresql import insert

from services.outcomes.instruments.declarations import Instrument
from services.outcomes.summaries.queries import (
    Asked,
    measured_since,
    people_first,
    people_paired,
    snapshots_of,
)
from services.outcomes.summaries.rules.snapshots import Placed, Taken, placed, taken_of
from services.outcomes.summaries.tables import FIRST_PART, LATER_PART, PARTS, SummarySnapshot
from shared.months import Period, london_day
from shared.service.acting import Act

_STILL_ARRIVING: Final = timedelta(minutes=1)
"""A measurement may be committed so long after its time."""

Parts = Mapping[str, dict[str, Placed]]


@dataclass(frozen=True, slots=True)
class Publication:
    """What is published of a quarter: each place's figures. published_at: when they last changed, None where nothing is."""

    firsts: Mapping[str, Placed]
    later: Mapping[str, Placed]
    published_at: datetime | None


async def publication_of(act: Act, instrument: Instrument, quarter: Period) -> Publication:
    """The publication of a quarter, taken anew where enough people were measured since."""
    kept = await snapshots_of(act.session, instrument.key, quarter.first.first_day)
    parts: Parts = {
        part: {
            row.place: Placed(row.state, Taken.of_json(row.people, row.counts))  # type: ignore[arg-type]  # checked by the table
            for row in kept
            if row.part == part
        }
        for part in PARTS
    }
    at = max((row.taken_at for row in kept), default=None)
    if at is None or await measured_since(act.session, instrument.key, at - _STILL_ARRIVING):
        parts = await _taken(act, instrument, quarter, parts)
        if await _keep(act, instrument, quarter, parts):
            at = act.now
    return Publication(parts[FIRST_PART], parts[LATER_PART], at)


async def _taken(act: Act, instrument: Instrument, quarter: Period, before: Parts) -> Parts:
    registry = act.registry
    asked = Asked(
        instrument.key,
        registry.members(registry.system, london_day(act.now)),
        since=quarter.first.first_day,
        until=quarter.last.last_day,
        is_answer=bool(instrument.answers),
        has_levels=instrument.counts is not None,
    )
    people = {
        FIRST_PART: await people_first(act.session, asked),
        LATER_PART: await people_paired(act.session, asked),
    }
    return {part: placed(before[part], taken_of(people[part], instrument)) for part in PARTS}


async def _keep(act: Act, instrument: Instrument, quarter: Period, parts: Parts) -> bool:
    """Keep what is new, and say whether anything is. Of two who take the same at once either may be the last."""
    rows = [
        {
            "instrument": instrument.key,
            "quarter": quarter.first.first_day,
            "part": part,
            "place": place,
            "state": one.state,
            "people": sorted(one.taken.people),
            "counts": one.taken.to_json(),
            "taken_at": act.now,
        }
        for part, places in parts.items()
        for place, one in sorted(places.items())
        if one.fresh
    ]
    if rows:
        new = insert(SummarySnapshot).values(rows)
        key = ("instrument", "quarter", "part", "place")
        kept = {name: new.excluded[name] for name in ("state", "people", "counts", "taken_at")}
        await act.session.exec(new.on_conflict_do_update(index_elements=key, set_=kept))
    return bool(rows)
