"""What the communities tell: forum meetings, insights, trainings; read and written by who leads them."""

from typing import Annotated

from fastapi import Query

from services.referrals.community.actions import (
    hold_forum,
    keep_insight,
    list_forums,
    list_insights,
    list_trainings,
    record_training,
)
from services.referrals.community.schemas import (
    ForumAnswer,
    ForumBody,
    InsightAnswer,
    InsightBody,
    TrainingAnswer,
    TrainingBody,
)
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(tags=["community"], impersonal=True)
Writes = Annotated[Act, may("insights.write")]
Reads = Annotated[Act, may("insights.write", "needs.read")]
Community = Annotated[str | None, Query(examples=["kendal"])]


@router.post("/v1/forums")
async def post_forum(act: Writes, forum: ForumBody) -> ForumAnswer:
    """Record a meeting with partners: who was invited, who came, what was raised, and what came of it."""
    return await hold_forum(act, forum)


@router.get("/v1/forums")
async def get_forums(act: Reads, paging: Paging, community: Community = None) -> Page[ForumAnswer]:
    """The meetings with partners of the caller's communities, the newest recorded first."""
    return await list_forums(act, community=community, paging=paging)


@router.post("/v1/insights")
async def post_insight(act: Writes, insight: InsightBody) -> InsightAnswer:
    """Keep what somebody learnt in a conversation with the community."""
    return await keep_insight(act, insight)


@router.get("/v1/insights")
async def get_insights(act: Reads, paging: Paging, community: Community = None) -> Page[InsightAnswer]:
    """The insights of the caller's communities, the newest recorded first."""
    return await list_insights(act, community=community, paging=paging)


@router.post("/v1/trainings")
async def post_training(act: Writes, training: TrainingBody) -> TrainingAnswer:
    """Record a training that was given, and how many of each kind of organisation completed it."""
    return await record_training(act, training)


@router.get("/v1/trainings")
async def get_trainings(act: Reads, paging: Paging, community: Community = None) -> Page[TrainingAnswer]:
    """The trainings of the caller's communities, the newest recorded first."""
    return await list_trainings(act, community=community, paging=paging)
