"""What every service answers about the communities: reference data, the same everywhere, with an ETag."""

from datetime import date
from typing import Annotated

from fastapi import Path, Query
from pydantic import BeforeValidator

from shared.http.dates import parse_date, parse_instant
from shared.months import london_day
from shared.problems import Invalid, NotFound
from shared.registry.descriptions import (
    describe_place,
    describe_practice,
)
from shared.registry.entries import Level
from shared.registry.names import is_practice_code
from shared.registry.registry import places_of_level
from shared.registry.schemas import PlaceAnswer, PracticeAnswer
from shared.registry.selection import AmbiguousCommunity, PracticeCodeFormat, Selection
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

registry_router = Router(prefix="/v1", tags=["registry"], impersonal=True)
"""Mounted by every service."""

_DATE_LENGTH = len("2020-01-31")


def _day(value: object) -> date:
    """The day of an `as_at`: a date, or an instant, which lies in the day that a clock in England shows."""
    if isinstance(value, str) and len(value) > _DATE_LENGTH:
        return london_day(parse_instant(value))
    return parse_date(value)


AsAt = Annotated[
    date | None,
    BeforeValidator(_day),
    Query(
        description="The day (YYYY-MM-DD, or an instant) as of which to answer; today without it",
        examples=["2020-04-01"],
    ),
]


Reader = Annotated[Act, may("registry.read")]
Ods = Annotated[
    str,
    Path(description="A GP practice's ODS code", json_schema_extra={"pattern": "^[A-Z][0-9]{5}$"}),
]
Slug = Annotated[
    str,
    Path(description="A community's slug, a line, a practice code, `pcn:<code>` or `council:<slug>`"),
]


@registry_router.get("/communities", problems=(Invalid,))
async def list_communities(
    act: Reader,
    paging: Paging,
    as_at: AsAt = None,
    level: Annotated[Level | None, Query(description="Only places of this level")] = None,
) -> Page[PlaceAnswer]:
    """The places of one level, or the communities of all levels, as they stood on a day."""
    on = _asked_day(act, as_at)
    places = places_of_level(act.registry, level, on)
    return paging.cut(places, shown=lambda place: describe_place(act.registry, place, on))


@registry_router.get("/communities/{slug}", problems=(AmbiguousCommunity,))
async def read_community(act: Reader, slug: Slug, as_at: AsAt = None) -> PlaceAnswer:
    """A community, line, network, council or practice, by the name that `community=` takes, as it stood on a day."""
    on = _asked_day(act, as_at)
    return describe_place(act.registry, _named(act, slug, on), on)


@registry_router.get("/practices/{ods}", problems=(PracticeCodeFormat,))
async def read_practice(act: Reader, ods: Ods, as_at: AsAt = None) -> PracticeAnswer:
    """A GP practice by its ODS code: where it counts, since when, and which one carries it on once it closed."""
    if not is_practice_code(ods):
        raise PracticeCodeFormat
    entry = act.registry.practice(ods) or act.registry.outside_practice(ods)
    if entry is None:
        raise NotFound("No practice with this code is known to the registry.")
    return describe_practice(act.registry, entry, _asked_day(act, as_at))


def _asked_day(act: Act, as_at: date | None) -> date:
    """The day to answer for. The same file and day give the same answer, so together they are its version."""
    on = as_at or london_day(act.now)
    act.headers["ETag"] = f'W/"{act.registry.digest[:16]}-{on.isoformat()}"'
    act.headers["Cache-Control"] = "private, no-cache"
    return on


def _named(act: Act, slug: str, on: date) -> Selection:
    """The place that the address names. Raises NotFound, or AmbiguousCommunity pointing into the address."""
    try:
        selection = act.registry.find(slug, on)
    except AmbiguousCommunity as several:
        raise AmbiguousCommunity(several.candidates, pointer="/slug") from None
    if selection is not None:
        return selection
    if act.registry.find(slug) is not None:
        raise NotFound("The registry knows this place only from a later day on.")
    near = act.registry.nearest_key(slug)
    raise NotFound(f"There is no such community.{f' The nearest known is “{near}”.' if near else ''}")
