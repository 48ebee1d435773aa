"""A file with exact figures leaves: recorded before it does."""

from collections.abc import Mapping

from shared.audit import record_on
from shared.auth.caller import Caller
from shared.service.platform import Platform


async def record_export(platform: Platform, caller: Caller, told: Mapping[str, object]) -> None:
    """Record who takes a file with exact figures, and of what. told: as `Rendered.exported`."""
    async with platform.database.connection() as connection:
        await record_on(
            connection,
            platform.signer,
            caller=caller,
            event="performance.exported",
            resource_type="performance",
            detail=told,
        )
