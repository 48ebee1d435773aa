"""`GET /v1/performance/{measure}/{community}/chart.svg` and `.png`: a series as a picture."""

from typing import Annotated, Literal

from fastapi import Path, Query, Request, Response

from services.trajectories.charts.readings import MEDIA_TYPES, make_chart, understand_chart
from services.trajectories.charts.schemas import ChartQuery
from services.trajectories.errors import BelowCommunity, TooMuchAsked, UnknownMeasure
from services.trajectories.performance.current import ReportingOf, deliver, sight_of
from shared.problems import Invalid, NotAcceptable
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router

router = Router(prefix="/v1/performance", tags=["performance"])
Reader = Annotated[Act, may("performance.read")]


@router.get(
    "/{measure}/{community}/chart.{form}",
    problems=(BelowCommunity, NotAcceptable, Invalid, TooMuchAsked, UnknownMeasure),
    response_class=Response,
    responses={200: {"content": {name: {} for name in MEDIA_TYPES.values()}}},
)
async def read_chart(
    request: Request,
    act: Reader,
    reporting: ReportingOf,
    measure: Annotated[str, Path(max_length=255, examples=["reablement-assessments"])],
    community: Annotated[str, Path(max_length=255, examples=["kendal"])],
    form: Literal["svg", "png"],
    asked: Annotated[ChartQuery, Query()],
) -> Response:
    """The series of one measure and place as a picture, of the same figures as `GET /v1/performance` gives this caller.

    With `breakdown` and `part` one of its values is drawn, without trajectory or target. An XmR chart with its limits; a run chart where counts are under five a month in the mean, or the months between events
    where each event has a month of its own. An SVG has its figures as a table in its description.
    """
    drawn = understand_chart(asked, reporting, measure=measure, community=community, now=act.now)
    sight = sight_of(act.caller, reporting.places)
    rendered = await reporting.kept_or_made(
        ("chart", form, drawn),
        sight,
        act.now,
        lambda: make_chart(drawn, form, reporting, sight, act.now),
    )
    return await deliver(act, request, rendered)
