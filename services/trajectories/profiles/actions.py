"""The only writer of profiles."""

from typing import Any

from sqlmodel import func, select

from services.trajectories.performance.current import check_own
from services.trajectories.performance.reporting import Reporting
from services.trajectories.profiles.queries import newest_profile, profile_of
from services.trajectories.profiles.schemas import ProfileAnswer, ProfileRequest
from services.trajectories.profiles.tables import Profile
from shared.ids import new_id
from shared.months import Month
from shared.service.acting import Act


async def put_profile(
    act: Act, reporting: Reporting, asked: ProfileRequest, *, community: str
) -> ProfileAnswer:
    """Keep a profile as the newest version; the same again changes nothing. Raises Invalid, NotYours."""
    place = reporting.places.registry.resolve(community)
    check_own(act.caller, reporting.places, place, [Month.of(act.now)])
    lock = func.pg_advisory_xact_lock(func.hashtextextended(f"profile:{place.token}", 0))
    await act.session.exec(select(lock))
    standing = await newest_profile(act.session, place.token)
    # What is null was said, and what was left out was not.
    indicators = [one.model_dump(mode="json", exclude_unset=True) for one in asked.indicators]
    said: dict[str, Any] = {"description": asked.description, "indicators": indicators}
    if standing is not None and said == standing.model_dump(include=set(said)):
        await act.happened("profile.confirm", resource_type="profile", resource_id=standing.id)
        return profile_of(standing)
    row = Profile(
        id=new_id(),
        community=place.token,
        version=1 if standing is None else standing.version + 1,
        client=act.caller.client,
        author=act.caller.name or act.caller.client,
        **said,
    )
    act.session.add(row)
    await act.session.flush()
    await act.session.refresh(row)
    await act.happened("profile.put", resource_type="profile", resource_id=row.id)
    return profile_of(row)
