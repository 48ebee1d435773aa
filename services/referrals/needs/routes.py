"""`GET /v1/needs/{icc}`: how a development lead works."""

from typing import Annotated

from fastapi import Path, Query

from services.referrals.needs.actions import read_needs
from services.referrals.needs.schemas import NeedsAnswer
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router

router = Router(tags=["community"], impersonal=True)


@router.get("/v1/needs/{icc}")
async def get_needs(
    act: Annotated[Act, may("needs.read")],
    icc: Annotated[str, Path(max_length=255, examples=["millom"])],
    quarter: Annotated[str | None, Query(max_length=10, examples=["2026-27-Q1"])] = None,
) -> NeedsAnswer:
    """Risk bands, reasons, pathways, insights, waits and what was declined for want of room: counts of a quarter.

    Exact for the own communities, where the running quarter is told unless another is named. Others read what was published
    of a quarter that is over.
    """
    return await read_needs(act, icc, quarter=quarter)
