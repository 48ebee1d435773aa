"""The only writer of notes."""

from uuid import UUID

from sqlmodel import col, func, select

from services.trajectories.annotations.queries import note_of
from services.trajectories.annotations.schemas import AnnotationAnswer, AnnotationRequest
from services.trajectories.annotations.tables import AnnotationNote
from services.trajectories.ingest.actions import raise_version
from services.trajectories.performance.current import check_own, measure_named, month_faults
from services.trajectories.performance.reporting import Reporting
from shared.ids import new_id
from shared.months import Month
from shared.problems import Conflict, Invalid, NotFound
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


async def withdraw_note(act: Act, reporting: Reporting, note_id: UUID, reason: str) -> AnnotationAnswer:
    """Take a note back: it stays in the list, and no series has it any more. Raises NotFound, NotYours, Conflict."""
    held = select(AnnotationNote).where(col(AnnotationNote.id) == note_id).with_for_update()
    row = (await act.session.exec(held)).first()
    if row is None:
        raise NotFound
    places, month = reporting.places, Month.of(row.month)
    place = places.whole if row.community is None else places.registry.resolve(row.community)
    check_own(act.caller, places, place, [month])
    if row.withdrawn_at is not None:
        raise Conflict("This note was withdrawn already.", code="state.transition")
    row.withdrawn_at = (await act.session.exec(select(func.clock_timestamp()))).one()
    row.withdrawn_by, row.withdrawn_reason = act.caller.client, reason
    act.session.add(row)
    await act.session.flush()
    await act.happened("annotation.withdraw", resource_type="annotation", resource_id=row.id)
    await raise_version(act.session)
    return AnnotationAnswer.of(note_of(row))
