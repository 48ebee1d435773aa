"""Reads of profiles."""

from collections.abc import Sequence

from sqlmodel import col, func, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.profiles.schemas import Indicator, ProfileAnswer
from services.trajectories.profiles.shipped import shipped_profiles
from services.trajectories.profiles.tables import Profile


def profile_of(row: Profile) -> ProfileAnswer:
    """The answer about a row."""
    indicators = [Indicator.model_validate(one) for one in row.indicators]
    return ProfileAnswer(**row.model_dump(exclude={"id", "client", "indicators"}), indicators=indicators)


async def newest_profile(session: AsyncSession, community: str) -> Profile | None:
    """The profile that was put last."""
    asked = select(Profile).where(col(Profile.community) == community)
    return (await session.exec(asked.order_by(col(Profile.version).desc()).limit(1))).first()


async def standing_profile(session: AsyncSession, community: str) -> ProfileAnswer | None:
    """The profile that stands: the one that was put last, else the one that ships."""
    row = await newest_profile(session, community)
    return shipped_profiles().get(community) if row is None else profile_of(row)


async def profiles_listed(session: AsyncSession, communities: Sequence[str] | None) -> list[ProfileAnswer]:
    """Every standing profile, by community."""
    newest = select(col(Profile.community), func.max(Profile.version)).group_by(col(Profile.community))
    standing = tuple_(col(Profile.community), col(Profile.version)).in_(newest)
    rows = (await session.exec(select(Profile).where(standing))).all()
    found = {**shipped_profiles(), **{row.community: profile_of(row) for row in rows}}
    return [found[name] for name in sorted(found) if communities is None or name in communities]
