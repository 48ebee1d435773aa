"""Reading forum meetings, insights and trainings of one's own communities."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from sqlmodel import col, select

from services.referrals.community.tables import Forum, Insight, Training, TrainingPlaces
from services.referrals.directory.finding import own_communities
from shared.months import london_day
from shared.service.acting import Act
from shared.service.paging import Pager

RowT = TypeVar("RowT", Forum, Insight, Training)


async def told_here(act: Act, table: type[RowT], *, community: str | None, paging: Pager) -> Sequence[RowT]:
    """Rows of the caller's communities, the newest recorded first, one more than the page shows."""
    found = select(table).order_by(col(table.id).desc()).limit(paging.limit + 1)
    places = None if act.caller.all_communities else own_communities(act)
    if community is not None:
        within = set(act.registry.members(community, london_day(act.now)))
        places = within if places is None else places & within
    if places is not None:
        found = found.where(col(table.community).in_(sorted(places)))
    if after := paging.after():
        found = found.where(col(table.id) < UUID(after[0]))
    return (await act.session.exec(found)).all()


async def places_of(act: Act, trainings: Collection[UUID]) -> Mapping[UUID, list[TrainingPlaces]]:
    """Training → who completed it."""
    found = (
        select(TrainingPlaces)
        .where(col(TrainingPlaces.training_id).in_(trainings))
        .order_by(col(TrainingPlaces.org_kind))
    )
    places: dict[UUID, list[TrainingPlaces]] = {one: [] for one in trainings}
    for row in (await act.session.exec(found)).all():
        places[row.training_id].append(row)
    return places
