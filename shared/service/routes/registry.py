"""What every service answers about the communities: reference data, the same everywhere, with an ETag."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BeforeValidator

from shared.auth import Caller
from shared.http.answers import json_answer
from shared.http.conditional import not_modified
from shared.http.cursors import decode_cursor, encode_cursor, page
from shared.http.dates import parse_date, parse_instant
from shared.http.query import DEFAULT_LIST, CursorParam, Limit
from shared.months import london_day
from shared.problems import BadRequest, Forbidden, Invalid, NotFound, Unauthenticated, responses
from shared.registry.codes import is_practice_code
from shared.registry.descriptions import (
    describe_place,
    describe_practice,
)
from shared.registry.entries import Level
from shared.registry.errors import AmbiguousCommunity, PracticeCodeFormat
from shared.registry.levels import places_of_level
from shared.registry.registry import Registry
from shared.registry.schemas import PlaceAnswer, PlaceList, PracticeAnswer
from shared.registry.selection import Selection
from shared.service.deps import Clock, PlatformOf
from shared.service.guard import Requires

registry_router = APIRouter(prefix="/v1", tags=["registry"])
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
    Query(description="The day (YYYY-MM-DD, or an instant) as of which to answer; today without it"),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to the registry: which one, and as of which day."""

    registry: Registry
    on: date

    @property
    def headers(self) -> dict[str, str]:
        """The same file and day give the same answer, so together they are its version."""
        return {
            "ETag": f'W/"{self.registry.digest[:16]}-{self.on.isoformat()}"',
            "Cache-Control": "private, no-cache",
        }


async def _asked(platform: PlatformOf, now: Clock, as_at: AsAt = None) -> Asked:
    return Asked(platform.registry, as_at or london_day(now))


AskedOf = Annotated[Asked, Depends(_asked)]
Reader = Annotated[Caller, Requires("registry.read")]
Ods = Annotated[
    str,
    Path(
        description="A GP practice's ODS code",
        json_schema_extra={"pattern": "^[A-Z][0-9]{5}$"},
    ),
]
Slug = Annotated[
    str,
    Path(
        description="A community's slug, a line, a practice code, `pcn:<code>` or `council:<slug>`",
    ),
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which places are asked for, and which part of their list."""

    level: Level | None
    limit: int
    cursor: str | None


async def _wanted(
    level: Annotated[Level | None, Query(description="Only places of this level")] = None,
    limit: Limit = DEFAULT_LIST,
    cursor: CursorParam = None,
) -> Wanted:
    return Wanted(level, limit, cursor)


@registry_router.get(
    "/communities",
    response_model=PlaceList,
    responses=responses(Unauthenticated, Forbidden, BadRequest, Invalid),
)
async def list_communities(
    request: Request,
    caller: Reader,
    asked: AskedOf,
    platform: PlatformOf,
    wanted: Annotated[Wanted, Depends(_wanted)],
) -> Response:
    """The places of one level, or the communities of all levels, as they stood on a day."""
    if not_modified(request, asked.headers["ETag"]):
        return Response(status_code=304, headers=asked.headers)
    key, client = platform.cursor_key, caller.client
    filters = {"level": wanted.level, "on": asked.on, "registry": asked.registry.digest}
    start = 0
    if wanted.cursor is not None:
        (start,) = decode_cursor(key, wanted.cursor, of="communities", client=client, filters=filters)
    places = places_of_level(asked.registry, wanted.level, asked.on)
    end = start + wanted.limit
    more = None
    if end < len(places):
        more = encode_cursor(key, of="communities", client=client, filters=filters, position=[end])
    shown = [describe_place(asked.registry, place, asked.on) for place in places[start:end]]
    answer = page(shown, more, request)
    answer.headers.update(asked.headers)
    return answer


@registry_router.get(
    "/communities/{slug}",
    response_model=PlaceAnswer,
    responses=responses(Unauthenticated, Forbidden, NotFound, AmbiguousCommunity),
)
async def read_community(request: Request, caller: Reader, asked: AskedOf, slug: Slug) -> Response:  # noqa: ARG001 -- the scope is the point
    """A community, line, network, council or practice, by the name that `community=` takes, as it stood on a day."""
    selection = _named(asked, slug)
    if not_modified(request, asked.headers["ETag"]):
        return Response(status_code=304, headers=asked.headers)
    return json_answer(describe_place(asked.registry, selection, asked.on), headers=asked.headers)


def _named(asked: Asked, slug: str) -> Selection:
    """The place that the address names. Raises NotFound, or AmbiguousCommunity pointing into the address."""
    try:
        selection = asked.registry.find(slug, asked.on)
    except AmbiguousCommunity as several:
        raise AmbiguousCommunity(several.candidates, pointer="/slug") from None
    if selection is None:
        raise _unknown(asked.registry, slug)
    return selection


def _unknown(registry: Registry, slug: str) -> NotFound:
    """Why a place cannot be shown: it begins later, or nobody knows it."""
    if registry.find(slug) is not None:
        return NotFound("The registry knows this place only from a later day on.")
    near = registry.nearest_key(slug)
    return NotFound(f"There is no such community.{f' The nearest known is “{near}”.' if near else ''}")


@registry_router.get(
    "/practices/{ods}",
    response_model=PracticeAnswer,
    responses=responses(Unauthenticated, Forbidden, NotFound, PracticeCodeFormat),
)
async def read_practice(request: Request, caller: Reader, asked: AskedOf, ods: Ods) -> Response:  # noqa: ARG001 -- the scope is the point
    """A GP practice by its ODS code: where it counts, since when, and which one carries it on once it closed."""
    if not is_practice_code(ods):
        raise PracticeCodeFormat
    entry = asked.registry.practice(ods) or asked.registry.outside_practice(ods)
    if entry is None:
        raise NotFound("No practice with this code is known to the registry.")
    if not_modified(request, asked.headers["ETag"]):
        return Response(status_code=304, headers=asked.headers)
    return json_answer(describe_practice(asked.registry, entry, asked.on), headers=asked.headers)
