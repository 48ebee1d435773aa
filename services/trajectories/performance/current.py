"""The reporting of this process, for routes, and what one caller sees of it."""

from collections.abc import Sequence
from typing import Annotated, overload

from fastapi import Depends, Request, Response

from services.trajectories.errors import NotYours
from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.exports import event_of
from services.trajectories.performance.keeping import Rendered
from services.trajectories.performance.reporting import Reporting
from services.trajectories.performance.rules.audience import DETAIL, Sight, audience_of
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.question import EARLIEST, LATEST
from shared.auth.caller import Caller
from shared.http.conditional import not_modified
from shared.months import Month
from shared.problems import FieldError, Invalid
from shared.registry.selection import Selection, split_tokens
from shared.service.acting import Act


async def _reporting(request: Request) -> Reporting:
    reporting: Reporting = request.app.state.reporting
    return reporting


ReportingOf = Annotated[Reporting, Depends(_reporting)]
"""`reporting: ReportingOf` in the signature of a route."""


def sight_of(caller: Caller, places: Geography) -> Sight:
    """What a caller sees exactly."""
    audience = audience_of(caller.scopes, org=caller.org, communities=caller.communities, places=places)
    return Sight(audience, places)


def check_own(caller: Caller, places: Geography, place: Selection, months: Sequence[Month]) -> None:
    """Refuse to write about a place that is not the caller's, whatever figures they may see. Raises NotYours."""
    if not covers(caller, places, place, months):
        raise NotYours


def covers(caller: Caller, places: Geography, place: Selection, months: Sequence[Month]) -> bool:
    """Whether a place is a caller's own in some months, whatever figures they may see."""
    scopes = caller.scopes | {DETAIL}
    audience = audience_of(scopes, org=caller.org, communities=caller.communities, places=places)
    sight = Sight(audience, places)
    return all(sight.exactly(place, month) for month in months)


async def deliver(act: Act, request: Request, rendered: Rendered) -> Response:
    """An answer's bytes, or that the caller has them; who reads exact figures or takes a file of them is recorded first."""
    if not_modified(request, rendered.etag):
        kept = {name: rendered.headers[name] for name in ("ETag", "Cache-Control", "Vary")}
        return Response(status_code=304, headers=kept)
    if rendered.exported is not None:
        await act.happened(event_of(rendered.exported), resource_type="performance", detail=rendered.exported)
    return Response(rendered.body, headers=rendered.headers)


def measure_named(reporting: Reporting, key: str, pointer: str = "/measure") -> Measure:
    """The measure of a key. Raises Invalid with the nearest."""
    measure = reporting.catalogue.get(key)
    if measure is None:
        nearest = reporting.catalogue.nearest(key)
        hint = f"The nearest is “{nearest}”." if nearest else "GET /v1/measures lists them."
        raise Invalid.one("code.unknown", pointer, f"There is no such measure. {hint}")
    return measure


def month_faults(month: Month, pointer: str = "/month") -> list[FieldError]:
    """What is wrong with a month that a body names."""
    if EARLIEST <= month <= LATEST:
        return []
    return [FieldError("date.implausible", pointer, "There are figures from 1900 to 2200 only.")]


@overload
def month_asked(name: str, text: str) -> Month: ...
@overload
def month_asked(name: str, text: str | None) -> Month | None: ...
def month_asked(name: str, text: str | None) -> Month | None:
    """The month of a query's parameter. Raises Invalid."""
    try:
        return None if text is None else Month.parse(text)
    except ValueError:
        raise Invalid.one("date.format", f"/{name}", "A month is written YYYY-MM.") from None


def keys_asked(reporting: Reporting, text: str | None, pointer: str = "/measure") -> list[str] | None:
    """The measures of a query's parameter, comma separated; None where it has none. Raises Invalid."""
    if text is None:
        return None
    return [measure_named(reporting, key, pointer).key for key in split_tokens(text)]


def places_asked(reporting: Reporting, text: str | None) -> list[str] | None:
    """The places of a query's parameter, as queries name them. Raises Invalid."""
    if text is None:
        return None
    return [place.token for place in reporting.places.registry.resolve_all(text)]
