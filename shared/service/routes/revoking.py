"""The only writer of the revocation list."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.audit.recording import record
from shared.auth.caller import Caller
from shared.auth.tables import Revocation
from shared.ids import new_id
from shared.service.routes.revocation_queries import revocation_of
from shared.service.routes.revocation_schemas import RevocationRequest


async def revoke_access(
    session: AsyncSession, target: RevocationRequest, *, caller: Caller, now: datetime
) -> tuple[Revocation, bool]:
    """The entry that refuses this client or token, and whether it is new; two operators at once make one."""
    row = Revocation(
        id=new_id(),
        client=target.client,
        token_id=target.token_id,
        reason=target.reason,
        revoked_by=caller.client,
        revoked_at=now,
    )
    connection = await session.connection()
    written = await connection.execute(insert(Revocation).values(row.model_dump()).on_conflict_do_nothing())
    if not written.rowcount:
        found = await revocation_of(session, target)
        assert found is not None  # noqa: S101 -- entries are never deleted, and one stood in the way
        return found, False
    record(
        session, caller=caller, event="access.revoked", resource_type="revocation", resource_id=str(row.id)
    )
    return row, True
