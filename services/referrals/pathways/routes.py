"""`GET /v1/pathways`."""

from datetime import date
from typing import Annotated

from services.referrals.pathways.catalogue import catalogue
from services.referrals.pathways.rules import UNROUTED, Pathway, team_of
from services.referrals.pathways.schemas import PathwayAnswer, PathwaysAnswer, TeamAnswer
from shared.months import london_day
from shared.registry.registry import Registry
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router

router = Router(tags=["pathways"], impersonal=True)


@router.get("/v1/pathways")
async def pathways(act: Annotated[Act, may("directory.read")]) -> PathwaysAnswer:
    """Every way of being helped that a referral can name."""
    known, today = catalogue(), london_day(act.now)
    items = [
        PathwayAnswer.of(pathway, _teams(pathway, act.registry, today)) for pathway in known.pathways.values()
    ]
    return PathwaysAnswer.of(known, items)


def _teams(pathway: Pathway, registry: Registry, today: date) -> list[TeamAnswer]:
    places = [*(community.slug for community in registry.communities(today, "icc")), UNROUTED]
    return [
        TeamAnswer(icc=slug, team=team_of(slug, pathway.worked_by, registry=registry, on=today))
        for slug in places
    ]
