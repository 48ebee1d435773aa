"""`/v1/publications`: a publication at once, and the list of all."""

from functools import partial
from typing import Annotated

from sqlalchemy import event

from services.trajectories.performance.current import ReportingOf, sight_of
from services.trajectories.performance.reporting import Reporting
from services.trajectories.publications.actions import make_cut
from services.trajectories.publications.queries import publications_before
from services.trajectories.publications.rules.making import Cutting
from services.trajectories.publications.schemas import PublicationAnswer, PublicationRequest, describe
from shared.problems import Unavailable
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(prefix="/v1/publications", tags=["publications"], impersonal=True)
Publisher = Annotated[Act, may("reports.publish")]
Reader = Annotated[Act, may("performance.read")]


def _sees_all(act: Act, reporting: Reporting) -> bool:
    """Whether the caller sees every community exactly."""
    return sight_of(act.caller, reporting.places).audience.everywhere


@router.post("", problems=(Unavailable,))
async def publish(act: Publisher, reporting: ReportingOf, asked: PublicationRequest) -> PublicationAnswer:
    """Publish the figures as they are known now, to everybody who does not see exact ones."""
    cutting = Cutting(reporting.catalogue, reporting.places, reporting.policy)
    made = await make_cut(
        act.session,
        cutting,
        clock=act.platform.clock,
        reason=asked.reason,
        client=act.caller.client,
    )
    if made is None:
        raise Unavailable("The publication could not be made. Try again.", retry_after=1)
    await act.happened("publication.make", resource_type="publication", resource_id=made.id)
    # What this process kept is older than the publication from the moment it stands.
    event.listen(act.session.sync_session, "after_commit", lambda _: reporting.version.forget(), once=True)
    return describe(made, exact=_sees_all(act, reporting))


@router.get("")
async def read_publications(act: Reader, reporting: ReportingOf, paging: Paging) -> Page[PublicationAnswer]:
    """Every publication, newest first."""
    rows = await publications_before(act.session, paging)
    told = partial(describe, exact=_sees_all(act, reporting))
    return paging.page(rows, shown=told, at=lambda made: [str(made.number)])
