"""The only writer of notes."""

from services.trajectories.annotations.queries import note_of
from services.trajectories.annotations.schemas import AnnotationAnswer, AnnotationRequest
from services.trajectories.annotations.tables import AnnotationNote
from services.trajectories.ingest.actions import raise_version
from services.trajectories.performance.current import check_own, measure_named, month_faults
from services.trajectories.performance.reporting import Reporting
from shared.ids import new_id
from shared.problems import Invalid
from shared.service.acting import Act


async def note(act: Act, reporting: Reporting, asked: AnnotationRequest) -> AnnotationAnswer:
    """Keep a note. Raises Invalid; NotYours where it is about a place that is not the caller's."""
    if faults := month_faults(asked.month):
        raise Invalid(errors=faults)
    if asked.measure is not None:
        measure_named(reporting, asked.measure)
    places = reporting.places
    place = places.whole if asked.community is None else places.registry.resolve(asked.community)
    check_own(act.caller, places, place, [asked.month])
    given = asked.model_dump(exclude={"month", "community"})
    row = AnnotationNote(
        **given,
        id=new_id(),
        community=None if asked.community is None else place.token,
        month=asked.month.first_day,
        client=act.caller.client,
        author=act.caller.name or act.caller.client,
    )
    act.session.add(row)
    await act.session.flush()
    await act.session.refresh(row)
    await act.happened("annotation.make", resource_type="annotation", resource_id=row.id)
    await raise_version(act.session)
    return AnnotationAnswer.of(note_of(row))
