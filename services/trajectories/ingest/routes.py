"""What an operator sees of the facts that come in: whose, up to where, and how far behind."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from services.trajectories.ingest.queries import feeds_read
from shared.auth import Caller, Requires
from shared.http.deps import Session
from shared.problems import Forbidden, Unauthenticated, responses

router = APIRouter(tags=["operations"])


class FeedState(BaseModel):
    """How far one author's feed was read. `lag_seconds` is the time since it was last read to its end."""

    author: str
    epoch: UUID | None
    rebuilding: bool
    cursor: int
    read_at: datetime | None
    lag_seconds: float | None


class FeedStates(BaseModel):
    """Every author's feed."""

    items: list[FeedState]


@router.get(
    "/v1/operations/facts", response_model=FeedStates, responses=responses(Unauthenticated, Forbidden)
)
async def read_feeds(
    caller: Annotated[Caller, Requires("operations.write")],  # noqa: ARG001 -- the scope is the point
    session: Session,
) -> dict[str, Any]:
    """How far each author's facts have been read."""
    return {"items": await feeds_read(session)}
