"""What an operator sees of the facts that come in: whose, up to where, and how far behind."""

from typing import Annotated, Any

from fastapi import APIRouter

from services.trajectories.ingest.queries import all_subscriptions
from services.trajectories.ingest.schemas import SubscriptionList
from shared.auth import Caller
from shared.problems import Forbidden, Unauthenticated, responses
from shared.service.deps import Session
from shared.service.guard import Requires

router = APIRouter(tags=["operations"])


@router.get(
    "/v1/operations/facts", response_model=SubscriptionList, responses=responses(Unauthenticated, Forbidden)
)
async def read_subscriptions(
    caller: Annotated[Caller, Requires("operations.write")],  # noqa: ARG001 -- the scope is the point
    session: Session,
) -> dict[str, Any]:
    """How far each author's facts have been read."""
    return {"items": await all_subscriptions(session)}
