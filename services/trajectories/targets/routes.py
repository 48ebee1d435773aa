"""`/v1/targets`: what was promised for a period, and how far it is."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.trajectories.errors import NotYours
from services.trajectories.performance.current import ReportingOf, keys_asked, places_asked, sight_of
from services.trajectories.targets.actions import set_target
from services.trajectories.targets.queries import Wanted, targets_listed
from services.trajectories.targets.readings import sees_target, with_progress
from services.trajectories.targets.rules import TargetKind, TargetUnit
from services.trajectories.targets.schemas import TargetAnswer, TargetRequest
from services.trajectories.targets.tables import Target
from shared.http.parameters import PathId
from shared.problems import NotFound
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(prefix="/v1/targets", tags=["performance"])
Setter = Annotated[Act, may("targets.write")]
Reader = Annotated[Act, may("performance.read")]


@router.put("", problems=(NotYours,))
async def put_target(act: Setter, reporting: ReportingOf, asked: TargetRequest) -> TargetAnswer:
    """Set the target of a measure, place and period; it supersedes the one that stood. A baseline is taken as it is known now."""
    target, warnings = await set_target(act, reporting, asked)
    return (await with_progress(act, reporting, [target], warnings))[target.id]


@router.get("")
async def read_targets(
    act: Reader,
    reporting: ReportingOf,
    paging: Paging,
    community: Annotated[str | None, Query(max_length=4000, examples=["kendal"])] = None,
    measure: Annotated[str | None, Query(max_length=2000, examples=["reablement-assessments"])] = None,
    period: Annotated[str | None, Query(max_length=20, examples=["2020-21-Q1"])] = None,
    kind: TargetKind | None = None,
    unit: TargetUnit | None = None,
    baseline_period: Annotated[str | None, Query(max_length=20, examples=["2019-20-Q1"])] = None,
) -> Page[TargetAnswer]:
    """Every target, the newest first, those that another one superseded too."""
    wanted = Wanted(
        keys_asked(reporting, measure),
        places_asked(reporting, community),
        period,
        kind,
        unit,
        baseline_period,
    )
    sight = sight_of(act.caller, reporting.places)
    after = paging.after()
    rows = await targets_listed(
        act.session,
        wanted,
        sees=lambda target: sees_target(target, sight, reporting),
        before=UUID(after[0]) if after else None,
        limit=paging.limit + 1,
    )
    answers = await with_progress(act, reporting, rows[: paging.limit])
    return paging.page(rows, shown=lambda row: answers[row.id], at=lambda row: [str(row.id)])


@router.get("/{target_id}")
async def read_target(act: Reader, reporting: ReportingOf, target_id: PathId) -> TargetAnswer:
    """One target."""
    target = await act.session.get(Target, target_id)
    if target is None or not sees_target(target, sight_of(act.caller, reporting.places), reporting):
        raise NotFound
    return (await with_progress(act, reporting, [target]))[target.id]
