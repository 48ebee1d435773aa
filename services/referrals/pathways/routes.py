"""`GET /v1/pathways`."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter

from services.referrals.pathways.catalogue import catalogue
from services.referrals.pathways.rules import UNROUTED, Pathway, team_of
from services.referrals.pathways.schemas import PathwayAnswer, PathwaysAnswer, TeamAnswer
from shared.auth.caller import Caller
from shared.months import london_day
from shared.problems import Unauthenticated, responses
from shared.registry.registry import Registry
from shared.service.deps import Clock, PlatformOf
from shared.service.guard import Requires

router = APIRouter(tags=["pathways"])


@router.get("/v1/pathways", responses=responses(Unauthenticated))
async def pathways(
    _caller: Annotated[Caller, Requires("directory.read")], platform: PlatformOf, now: Clock
) -> PathwaysAnswer:
    """Every way of being helped that a referral can name."""
    known, today = catalogue(), london_day(now)
    items = [
        PathwayAnswer.of(pathway, _teams(pathway, platform.registry, today))
        for pathway in known.pathways.values()
    ]
    return PathwaysAnswer.of(known, items)


def _teams(pathway: Pathway, registry: Registry, today: date) -> list[TeamAnswer]:
    places = [*(community.slug for community in registry.communities(today, "icc")), UNROUTED]
    return [
        TeamAnswer(icc=slug, team=team_of(slug, pathway.worked_by, registry=registry, on=today))
        for slug in places
    ]
