"""`/v1/profiles`: the population profile of a community, with its comparators."""

from typing import Annotated

from fastapi import Query

from services.trajectories.errors import NotYours
from services.trajectories.performance.current import ReportingOf, covers, places_asked
from services.trajectories.performance.reporting import Reporting
from services.trajectories.profiles.actions import put_profile
from services.trajectories.profiles.queries import profiles_listed, standing_profile
from services.trajectories.profiles.schemas import ProfileAnswer, ProfileRequest
from shared.months import Month
from shared.problems import Invalid, NotFound
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Router, WholePaging

router = Router(prefix="/v1/profiles", tags=["plans"])
Writer = Annotated[Act, may("plans.write")]
Reader = Annotated[Act, may("reports.read")]


@router.put("/{community}", problems=(NotYours,))
async def put_profile_of(
    act: Writer, reporting: ReportingOf, community: str, asked: ProfileRequest
) -> ProfileAnswer:
    """Put a community's profile in the place of the one that stood. Every version is kept."""
    return await put_profile(act, reporting, asked, community=community)


@router.get("/{community}", problems=(Invalid,))
async def read_profile(act: Reader, reporting: ReportingOf, community: str) -> ProfileAnswer:
    """A community's profile: the one that was put last, else the one of the annual report, where that has one."""
    place = reporting.places.registry.resolve(community)
    profile = await standing_profile(act.session, place.token)
    if profile is None or not _sees(act, reporting, profile):
        raise NotFound
    return profile


@router.get("")
async def read_profiles(
    act: Reader,
    reporting: ReportingOf,
    paging: WholePaging,
    community: Annotated[str | None, Query(max_length=4000, examples=["kendal"])] = None,
) -> Page[ProfileAnswer]:
    """The profiles of the communities that the caller covers."""
    found = await profiles_listed(act.session, places_asked(reporting, community))
    return paging.cut([one for one in found if _sees(act, reporting, one)], shown=lambda one: one)


def _sees(act: Act, reporting: Reporting, profile: ProfileAnswer) -> bool:
    place = reporting.places.registry.find(profile.community)
    return place is not None and covers(act.caller, reporting.places, place, [Month.of(act.now)])
