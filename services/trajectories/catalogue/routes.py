"""`GET /v1/measures`: the catalogue."""

from typing import Annotated

from services.trajectories.catalogue.schemas import MeasureAnswer, describe_measure
from services.trajectories.errors import UnknownMeasure
from services.trajectories.performance.current import ReportingOf
from services.trajectories.performance.reporting import Reporting
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Router, WholePaging

router = Router(prefix="/v1/measures", tags=["measures"])
Reader = Annotated[Act, may("catalogue.read")]


@router.get("")
async def read_measures(act: Reader, reporting: ReportingOf, paging: WholePaging) -> Page[MeasureAnswer]:
    """The measures of the performance report in the order of the catalogue, those that nobody supplies yet marked so."""
    _let_keep(act, reporting)
    return paging.cut(
        list(reporting.catalogue), shown=lambda measure: describe_measure(measure, reporting.policy)
    )


@router.get("/{key}", problems=(UnknownMeasure,))
async def read_measure(act: Reader, reporting: ReportingOf, key: str) -> MeasureAnswer:
    """One measure."""
    measure = reporting.catalogue.get(key)
    if measure is None:
        raise UnknownMeasure
    _let_keep(act, reporting)
    return describe_measure(measure, reporting.policy)


def _let_keep(act: Act, reporting: Reporting) -> None:
    """The declarations never change under a process, so their digest is the version of every answer."""
    act.headers["ETag"] = f'W/"{reporting.catalogue.digest}-{reporting.policy.id}"'
    act.headers["Cache-Control"] = "private, max-age=60"
    act.headers["Vary"] = "Authorization"
