"""What an operator sees of the facts that come in: whose, up to where, and how far behind."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel

from services.trajectories.ingest.queries import subscriptions
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routes.facts import Rebuilding, ask_for_rebuild
from shared.service.routing import Router

router = Router(tags=["operations"])


class SubscriptionAnswer(BaseModel):
    """How far one author's facts were read. `lag_seconds` is the time since they were last read to their end."""

    author: str
    epoch: UUID | None
    rebuilding: bool
    cursor: int
    read_at: datetime | None
    lag_seconds: float | None


class SubscriptionList(BaseModel):
    """Every author that was ever read."""

    items: list[SubscriptionAnswer]


@router.act("/v1/operations/facts/rebuild", status_code=202)
async def rebuild(act: Annotated[Act, may("operations.write")]) -> Rebuilding:
    """Derive this service's own facts again from what it was sent; watch it under `/v1/operations/work/{id}`."""
    return await ask_for_rebuild(act)


@router.get("/v1/operations/facts")
async def read_subscriptions(act: Annotated[Act, may("operations.write")]) -> SubscriptionList:
    """How far each author's facts have been read."""
    items = [
        SubscriptionAnswer(
            author=one.author,
            epoch=one.serving,
            rebuilding=one.loading is not None,
            cursor=one.cursor,
            read_at=one.read_at,
            lag_seconds=lag,
        )
        for one, lag in await subscriptions(act.session)
    ]
    return SubscriptionList(items=items)
