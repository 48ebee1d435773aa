"""The lists that a reader is offered: those that the interface would give."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from services.referrals.pages.schemas import ListPageQuery
from services.referrals.pathways.rules import UNROUTED
from services.referrals.records.scope import iccs_under
from services.referrals.worklists.actions import (
    list_of_community,
    list_of_person,
    list_of_team,
    list_of_tracing,
)
from services.referrals.worklists.queries import Wanted
from shared.auth.caller import Caller
from shared.months import london_day
from shared.problems import Forbidden, NotFound
from shared.service.platform import Platform

MINE = "me"
"""The key of the list of who asks."""
_TEAM = "team:"


@dataclass(frozen=True, slots=True)
class Offer:
    """A list that the reader may open. key: of the address."""

    key: str
    name: str
    wanted: Wanted


def lists_offered(platform: Platform, caller: Caller, now: datetime) -> list[Offer]:
    """Every list that a caller may read, the community's own first. Raises Forbidden where there is none."""
    found: dict[str, Offer] = {}
    for key, name, find in _lists(platform, now):
        try:
            wanted = find(platform, caller, now=now)
        except (Forbidden, NotFound):
            continue
        found.setdefault(wanted.listed, Offer(key, name, wanted))
    if not found:
        raise Forbidden("The token covers no worklist.")
    return list(found.values())


def list_asked(offers: list[Offer], asked: ListPageQuery) -> Offer:
    """The list that was asked for, else the first, narrowed as was asked. Raises NotFound for one that is not offered."""
    chosen = next((one for one in offers if asked.list in (None, one.key)), None)
    if chosen is None:
        raise NotFound
    stage = None if asked.stage == "any" else asked.stage
    state = None if asked.state == "any" else asked.state
    return replace(chosen, wanted=replace(chosen.wanted, stage=stage, state=state))


def _lists(platform: Platform, now: datetime) -> Iterator[tuple[str, str, Callable[..., Wanted]]]:
    registry = platform.registry
    for slug in iccs_under(registry.system, registry=registry, on=london_day(now)):
        community = registry.community(slug)
        name = slug if community is None else community.name
        yield slug, name, partial(list_of_community, icc=slug)
    for team in registry.file.teams:
        yield f"{_TEAM}{team.code}", team.name, partial(list_of_team, team=team.code)
    yield MINE, "My work", list_of_person
    yield UNROUTED, "Without a community", partial(list_of_community, icc=UNROUTED)
    yield "tracing", "NHS numbers to be found", list_of_tracing
