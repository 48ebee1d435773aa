"""`/v1/bay-trajectories`: the Bay's plan, set by analysts and read by everybody."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.trajectories.bay_trajectories.actions import set_plan
from services.trajectories.bay_trajectories.queries import plans
from services.trajectories.bay_trajectories.schemas import BayTrajectoryAnswer, BayTrajectoryRequest
from services.trajectories.bay_trajectories.tables import BayTrajectory
from services.trajectories.measures.current import CatalogueOf
from shared.http.parameters import PathId
from shared.problems import NotFound
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(prefix="/v1/bay-trajectories", tags=["trajectories"])
Analyst = Annotated[Act, may("trajectories.write")]
Reader = Annotated[Act, may("performance.read")]


@router.post("")
async def post_bay_trajectory(
    act: Analyst, catalogue: CatalogueOf, asked: BayTrajectoryRequest
) -> BayTrajectoryAnswer:
    """Set the Bay-wide trajectory of a year, or revise it. Only an agreed one is shared out."""
    return await set_plan(act, catalogue, asked)


@router.get("")
async def read_bay_trajectories(
    act: Reader,
    paging: Paging,
    measure: Annotated[str | None, Query(max_length=255, examples=["non-elective-admissions"])] = None,
    year: Annotated[str | None, Query(max_length=255, examples=["2020-21"])] = None,
) -> Page[BayTrajectoryAnswer]:
    """Every version of every plan, newest first."""
    after = paging.after()
    before = UUID(after[0]) if after else None
    rows = await plans(act.session, measure=measure, year=year, before=before, limit=paging.limit + 1)
    return paging.page(rows, shown=BayTrajectoryAnswer.of, at=lambda row: [str(row.id)])


@router.get("/{plan_id}")
async def read_bay_trajectory(act: Reader, plan_id: PathId) -> BayTrajectoryAnswer:
    """One version of a plan."""
    row = await act.session.get(BayTrajectory, plan_id)
    if row is None:
        raise NotFound
    return BayTrajectoryAnswer.of(row)
