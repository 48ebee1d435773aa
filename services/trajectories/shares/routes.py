"""`/v1/trajectory-versions` and `/v1/trajectories`: drafting, deciding, reading and explaining shares."""

import asyncio
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from services.trajectories.bay_trajectories.rules import measure_faults
from services.trajectories.bay_trajectories.tables import BayTrajectory
from services.trajectories.errors import BelowCommunity, OwnDraft
from services.trajectories.measures.current import CatalogueOf
from services.trajectories.performance.current import ReportingOf, month_asked, sight_of
from services.trajectories.performance.rules.audience import DETAIL
from services.trajectories.shares.actions import Wanted, approve_version, propose_version, reject_version
from services.trajectories.shares.answers import whole_version
from services.trajectories.shares.queries import shares_of_version, versions_listed
from services.trajectories.shares.readings import (
    Asked,
    explain_trajectory,
    trajectories_in_force,
)
from services.trajectories.shares.rules.requests import IN_FORCE, version_faults
from services.trajectories.shares.schemas import (
    ApprovalRequest,
    ExplanationAnswer,
    InForceAnswer,
    RejectionRequest,
    VersionAnswer,
    VersionRequest,
    VersionStatus,
    WholeVersionAnswer,
)
from services.trajectories.shares.tables import TrajectoryVersion
from shared.http.answers import JSON
from shared.http.dates import AwareInstant
from shared.http.parameters import PathId
from shared.problems import Conflict, Invalid, NotFound
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(prefix="/v1", tags=["trajectories"])
Analyst = Annotated[Act, may("trajectories.write")]
Approver = Annotated[Act, may("trajectories.approve")]
Reader = Annotated[Act, may("performance.read")]
ExactReader = Annotated[Act, may(DETAIL)]
MonthText = Annotated[str, Query(max_length=10, examples=["2020-04"])]
MeasureKey = Annotated[
    str,
    Query(max_length=255, description="A count of what practices had", examples=["non-elective-admissions"]),
]


@router.post("/trajectory-versions")
async def post_version(act: Analyst, catalogue: CatalogueOf, asked: VersionRequest) -> VersionAnswer:
    """Draft a version of the shares; it takes the place of an undecided draft of the same month."""
    faults = [
        *measure_faults(catalogue.get(asked.measure)),
        *version_faults(
            asked.effective_from,
            window_months=asked.window_months,
            lag_months=asked.lag_months,
            excluded=asked.excluded_months,
            reason=asked.excluded_reason,
        ),
    ]
    if faults:
        raise Invalid(errors=faults)
    return VersionAnswer.of(await propose_version(act, Wanted(**dict(asked))))


@router.get("/trajectory-versions")
async def read_versions(
    act: Reader,
    paging: Paging,
    measure: Annotated[str | None, Query(max_length=255, examples=["non-elective-admissions"])] = None,
    status: VersionStatus | None = None,
) -> Page[VersionAnswer]:
    """Every version, newest first."""
    after = paging.after()
    before = UUID(after[0]) if after else None
    rows = await versions_listed(
        act.session, measure=measure, status=status, before=before, limit=paging.limit + 1
    )
    return paging.page(rows, shown=VersionAnswer.of, at=lambda row: [str(row.id)])


@router.get("/trajectory-versions/{version_id}", response_model=WholeVersionAnswer)
async def read_version(
    act: ExactReader,
    reporting: ReportingOf,
    version_id: PathId,
    level: Annotated[Literal["icc", "practice"], Query(description="`practice`: practices too")] = "practice",
) -> Response:
    """One version with the shares and whole numbers of the places that the caller sees exactly."""
    version = await act.session.get(TrajectoryVersion, version_id)
    if version is None:
        raise NotFound
    shares = await shares_of_version(act.session, version.id, "community" if level == "icc" else None)
    plan = await act.session.get_one(BayTrajectory, version.bay_trajectory_id)
    sight = sight_of(act.caller, reporting.places)
    # A version of the whole country is eight megabytes; others are answered meanwhile.
    body = await asyncio.to_thread(whole_version, version, shares, plan, sight=sight, places=reporting.places)
    return Response(body, media_type=JSON)


@router.act("/trajectory-versions/{version_id}/approve", problems=(OwnDraft, Conflict))
async def approve(act: Approver, version_id: PathId, why: ApprovalRequest) -> VersionAnswer:
    """Put a draft in force, as another person than its author."""
    return VersionAnswer.of(await approve_version(act, version_id, why.reason))


@router.act("/trajectory-versions/{version_id}/reject", problems=(Conflict,))
async def reject(act: Approver, version_id: PathId, why: RejectionRequest) -> VersionAnswer:
    """Decide that a draft never comes into force."""
    return VersionAnswer.of(await reject_version(act, version_id, why.reason))


@router.get("/trajectories", response_model=InForceAnswer, problems=(BelowCommunity, Invalid))
async def read_trajectories(
    act: Reader,
    reporting: ReportingOf,
    measure: MeasureKey,
    community: Annotated[
        str | None,
        Query(
            max_length=4000,
            description="Places, comma separated; every ICC when left out",
            examples=["kendal"],
        ),
    ] = None,
    first: Annotated[
        str | None, Query(alias="from", max_length=10, description="First month", examples=["2020-04"])
    ] = None,
    last: Annotated[
        str | None,
        Query(
            alias="to", max_length=10, description="Last month, included; may lie ahead", examples=["2021-03"]
        ),
    ] = None,
    basis: Annotated[str, Query(max_length=20, description="`in-force`, or `frozen:2020-04`")] = IN_FORCE,
    as_at: Annotated[AwareInstant | None, Query(description="What was in force at that instant")] = None,
) -> Response:
    """The trajectory of places month by month: the share, the exact fraction and the whole number in force."""
    asked = Asked(measure, community, month_asked("from", first), month_asked("to", last), basis, as_at)
    return Response(await trajectories_in_force(act, reporting, asked), media_type=JSON)


@router.get("/trajectories/explain", problems=(Invalid, NotFound))
async def explain(
    act: ExactReader,
    reporting: ReportingOf,
    measure: MeasureKey,
    community: Annotated[str, Query(max_length=255, examples=["kendal"])],
    month: MonthText,
) -> ExplanationAnswer:
    """How a figure came about: the window, the practices, the share, the plan, and the files behind them."""
    return await explain_trajectory(
        act, reporting, measure=measure, community=community, month=month_asked("month", month)
    )
