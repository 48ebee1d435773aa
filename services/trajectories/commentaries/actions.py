"""The only writer of commentaries."""

from services.trajectories.commentaries.schemas import CommentaryRequest
from services.trajectories.commentaries.tables import Commentary
from services.trajectories.performance.current import check_own, measure_named
from services.trajectories.performance.reporting import Reporting
from services.trajectories.performance.rules.question import plausible_period
from shared.ids import new_id
from shared.problems import FieldError, Invalid
from shared.service.acting import Act


async def write_commentary(act: Act, reporting: Reporting, asked: CommentaryRequest) -> Commentary:
    """Keep a commentary. Raises Invalid; NotYours where it is about a place that is not the caller's."""
    period = plausible_period(asked.period)
    if period is None:
        detail = "A period is written 2019-20-Q4, 2019-20 or 2020-01."
        raise Invalid(errors=[FieldError("date.format", "/period", detail)])
    if asked.measure is not None:
        measure_named(reporting, asked.measure)
    place = reporting.places.registry.resolve(asked.community)
    check_own(act.caller, reporting.places, place, period.months)
    given = {**asked.model_dump(), "community": place.token, "period": period.label}
    row = Commentary(
        **given,
        id=new_id(),
        client=act.caller.client,
        author=act.caller.name or act.caller.client,
    )
    act.session.add(row)
    await act.session.flush()
    await act.session.refresh(row)
    await act.happened("commentary.write", resource_type="commentary", resource_id=row.id)
    return row
