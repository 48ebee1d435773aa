"""Reads of the revocation list."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.auth.tables import Revocation
from shared.service.routes.revocation_schemas import RevocationRequest


async def every_revocation(session: AsyncSession) -> list[Revocation]:
    """The whole list, oldest first."""
    return list(
        await session.exec(select(Revocation).order_by(col(Revocation.revoked_at), col(Revocation.id)))
    )


async def revocation_of(session: AsyncSession, target: RevocationRequest) -> Revocation | None:
    """The entry for the client or the token that the request names."""
    same = (
        col(Revocation.client) == target.client
        if target.client
        else col(Revocation.token_id) == target.token_id
    )
    return (await session.exec(select(Revocation).where(same))).first()
