"""`/v1/annotations`: what people note of a community, a measure and a month."""

from typing import Annotated

from fastapi import Query

from services.trajectories.annotations.actions import note, withdraw_note
from services.trajectories.annotations.queries import Wanted, note_of, notes_listed, sees_note
from services.trajectories.annotations.schemas import AnnotationAnswer, AnnotationRequest, WithdrawalRequest
from services.trajectories.annotations.tables import AnnotationNote
from services.trajectories.errors import NotYours
from services.trajectories.performance.current import (
    ReportingOf,
    keys_asked,
    month_asked,
    places_asked,
    sight_of,
)
from services.trajectories.performance.rules.beside import AnnotationKind
from shared.http.parameters import PathId
from shared.problems import Conflict, NotFound
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(prefix="/v1/annotations", tags=["performance"])
Writer = Annotated[Act, may("commentary.write")]
Reader = Annotated[Act, may("performance.read")]


@router.post("", problems=(NotYours,))
async def post_annotation(act: Writer, reporting: ReportingOf, asked: AnnotationRequest) -> AnnotationAnswer:
    """Note what happened at a place in a month; it stands beside every series that it concerns, for everybody to read.

    A *rebase* makes the limits of charts anew from its month on.
    """
    return await note(act, reporting, asked)


@router.get("")
async def read_annotations(
    act: Reader,
    reporting: ReportingOf,
    paging: Paging,
    measure: Annotated[str | None, Query(max_length=2000, examples=["reablement-assessments"])] = None,
    community: Annotated[str | None, Query(max_length=4000, examples=["kendal"])] = None,
    month: Annotated[str | None, Query(max_length=10, examples=["2020-01"])] = None,
    kind: AnnotationKind | None = None,
) -> Page[AnnotationAnswer]:
    """Every note, the newest first; behind them the moves of practices between communities, which the registry tells."""
    wanted = Wanted(
        keys_asked(reporting, measure),
        places_asked(reporting, community),
        month_asked("month", month),
        kind,
    )
    notes = await notes_listed(
        act.session,
        wanted,
        reporting.places,
        sight=sight_of(act.caller, reporting.places),
        after=paging.after(),
        limit=paging.limit + 1,
    )
    return paging.page(notes, shown=lambda one: AnnotationAnswer.of(one[0]), at=lambda one: one[1])


@router.get("/{annotation_id}")
async def read_annotation(act: Reader, reporting: ReportingOf, annotation_id: PathId) -> AnnotationAnswer:
    """One note."""
    row = await act.session.get(AnnotationNote, annotation_id)
    if row is None or not sees_note(note_of(row), sight_of(act.caller, reporting.places), reporting.places):
        raise NotFound
    return AnnotationAnswer.of(note_of(row))


@router.act("/{annotation_id}/withdraw", problems=(NotYours, Conflict))
async def withdraw(
    act: Writer, reporting: ReportingOf, annotation_id: PathId, why: WithdrawalRequest
) -> AnnotationAnswer:
    """Take back a note that was a mistake: it stays in the list with the reason, and stands beside no series any more."""
    return await withdraw_note(act, reporting, annotation_id, why.reason)
