"""`/v1/commentaries`: sentences beside the figures."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.trajectories.commentaries.actions import write_commentary
from services.trajectories.commentaries.queries import Wanted, commentaries_listed, sees_commentary
from services.trajectories.commentaries.schemas import CommentaryAnswer, CommentaryRequest
from services.trajectories.commentaries.tables import Commentary
from services.trajectories.errors import NotYours
from services.trajectories.performance.current import ReportingOf, keys_asked, places_asked, sight_of
from shared.http.parameters import PathId
from shared.problems import NotFound
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(prefix="/v1/commentaries", tags=["performance"])
Writer = Annotated[Act, may("commentary.write")]
Reader = Annotated[Act, may("performance.read")]


@router.post("", problems=(NotYours,))
async def post_commentary(act: Writer, reporting: ReportingOf, asked: CommentaryRequest) -> CommentaryAnswer:
    """Say something of a community's figures in a period; it stands beside the chart and in the report."""
    row = await write_commentary(act, reporting, asked)
    return CommentaryAnswer.model_validate(row)


@router.get("")
async def read_commentaries(
    act: Reader,
    reporting: ReportingOf,
    paging: Paging,
    measure: Annotated[str | None, Query(max_length=2000, examples=["reablement-assessments"])] = None,
    community: Annotated[str | None, Query(max_length=4000, examples=["kendal"])] = None,
    period: Annotated[str | None, Query(max_length=20, examples=["2019-20-Q4"])] = None,
) -> Page[CommentaryAnswer]:
    """Every commentary, the newest first."""
    wanted = Wanted(keys_asked(reporting, measure), places_asked(reporting, community), period)
    sight = sight_of(act.caller, reporting.places)
    after = paging.after()
    rows = await commentaries_listed(
        act.session,
        wanted,
        sees=lambda row: sees_commentary(row, sight, reporting.places),
        before=UUID(after[0]) if after else None,
        limit=paging.limit + 1,
    )
    return paging.page(rows, shown=CommentaryAnswer.model_validate, at=lambda row: [str(row.id)])


@router.get("/{commentary_id}")
async def read_commentary(act: Reader, reporting: ReportingOf, commentary_id: PathId) -> CommentaryAnswer:
    """One commentary."""
    row = await act.session.get(Commentary, commentary_id)
    sight = sight_of(act.caller, reporting.places)
    if row is None or not sees_commentary(row, sight, reporting.places):
        raise NotFound
    return CommentaryAnswer.model_validate(row)
