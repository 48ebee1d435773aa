"""The cells of facts that measurements touch."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from shared.facts.cells import Cell


async def derive_measurement_cells(
    session: AsyncSession,  # noqa: ARG001 -- no measure counts measurements yet
    *,
    subjects: Sequence[UUID],  # noqa: ARG001 -- as above
    known_at: datetime,  # noqa: ARG001 -- as above
) -> list[Cell]:
    """The cells that these measurements touch: none, until a measure is declared that counts them."""
    return []
