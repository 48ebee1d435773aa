"""What an operator sees of the facts that come in: whose, up to where, and how far behind."""

from typing import Annotated

from services.trajectories.ingest.queries import all_subscriptions
from services.trajectories.ingest.schemas import SubscriptionAnswer, SubscriptionList
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router

router = Router(tags=["operations"])


@router.get("/v1/operations/facts")
async def read_subscriptions(act: Annotated[Act, may("operations.write")]) -> SubscriptionList:
    """How far each author's facts have been read."""
    rows = await all_subscriptions(act.session)
    return SubscriptionList(items=[SubscriptionAnswer(**row) for row in rows])
