"""The worker's part: a figure that was complete and then moved by more than a twentieth makes a note of that."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.annotations.queries import Changed, changed_since, hold_scan, served_epochs
from services.trajectories.annotations.rules import RESTATEMENT, is_settled, restatements
from services.trajectories.annotations.tables import AnnotationNote, AnnotationScan
from services.trajectories.ingest.actions import raise_version
from services.trajectories.measures.catalogue import Catalogue, Measure, load_catalogue
from services.trajectories.performance.rules.places import Geography
from services.trajectories.revisions.queries import MOST, cells_ever_filed, counted_since
from services.trajectories.revisions.rules import Counted, revisions_of
from services.trajectories.settings import Settings
from shared.audit import record
from shared.ids import new_id
from shared.months import Month, london_day
from shared.registry.selection import Selection
from shared.service.platform import Platform
from shared.service.worker import Periodic

LOOKED_AT_EVERY = timedelta(minutes=1)
"""A figure that moves many times between two looks is worked out once, and while casework streams in most figures do."""
_FACTS_AT_A_TIME = 20_000  # its figures are worked out from all their past for each part, so parts are large
_AUTHOR = "Restatement"

log = structlog.get_logger()


def annotate_periodic(platform: Platform) -> Periodic:
    """The loop that looks through facts that took the place of others."""
    catalogue = load_catalogue(platform.settings_of(Settings).measures_file)
    places = Geography(platform.registry)

    async def annotate(platform: Platform) -> bool:
        """Look through the next facts of each author; True while there are more."""
        async with platform.database.transaction() as session:
            epochs = await served_epochs(session)
        more = [await _look_through(platform, scan, catalogue, places) for scan in epochs]
        return any(more)

    return Periodic("annotate", LOOKED_AT_EVERY, annotate)


async def _look_through(
    platform: Platform, scan: AnnotationScan, catalogue: Catalogue, places: Geography
) -> bool:
    """Make the notes of one author's next facts, and remember how far that was. What is worked out holds no transaction."""
    async with platform.database.transaction() as session:
        seen = (await hold_scan(session, scan)).seq
        changed, last = await changed_since(session, scan, seq=seen, limit=_FACTS_AT_A_TIME)
    if last is None:
        return False
    figures = _figures(changed, catalogue, places, today=london_day(platform.clock()))
    counted = {key: await counted_since(platform.database, one) for key, one in _measures(figures).items()}
    found = [
        note
        for figure, since in figures.items()
        for note in await _restated(
            platform, figure, since, places=places, counted=counted[figure.measure.key]
        )
    ]
    async with platform.database.transaction() as session:
        held = await hold_scan(session, scan)
        if held.seq != seen:
            return True  # another worker was quicker
        made = [note for note in found if await _keep(session, note)]
        held.seq = last
        session.add(held)
        if made:
            await raise_version(session)
            log.info("annotation.restatements", made=len(made))
    return True


@dataclass(frozen=True, slots=True)
class _Figure:
    """A community's figure of a month."""

    key: tuple[str, str, Month]
    measure: Measure = field(compare=False)
    place: Selection = field(compare=False)

    @property
    def month(self) -> Month:
        return self.key[2]


def _figures(
    changed: Mapping[Changed, datetime], catalogue: Catalogue, places: Geography, *, today: date
) -> dict[_Figure, datetime]:
    """The figures of communities that some cells are part of, of their measure and of rates made of it.

    changed: the cells with the first time that they changed; each figure has the first of its cells.
    A month that nobody takes for settled yet is left out, for it cannot be restated.
    """
    communities: dict[Month, Sequence[Selection]] = {}
    found: dict[_Figure, datetime] = {}
    for (key, day, code), since in changed.items():
        month = Month.of(day)
        if month not in communities:
            communities[month] = places.of_level("icc", [month])
        made_of_it = [one for one in catalogue if key in one.made_of and is_settled(one, month, today)]
        for place in communities[month] if made_of_it else ():
            if code in places.codes(place, month):
                for measure in made_of_it:
                    figure = _Figure((measure.key, place.token, month), measure, place)
                    found[figure] = min(since, found.get(figure, since))
    return found


def _measures(figures: Iterable[_Figure]) -> dict[str, Measure]:
    return {one.measure.key: one.measure for one in figures}


async def _restated(
    platform: Platform,
    figure: _Figure,
    since: datetime,
    *,
    places: Geography,
    counted: Counted,
) -> list[AnnotationNote]:
    """A note of each time that the figure was restated since an instant; of those before there are notes already."""
    measure, place, month = figure.measure, figure.place, figure.month
    filed = await cells_ever_filed(platform.database, measure, sorted(places.codes(place, month)), month)
    if len(filed) > MOST:
        return []
    past = revisions_of(measure, place, month, filed, places=places, counted=counted, since=since)
    about: dict[str, Any] = {"measure": measure.key, "community": place.token, "month": month.first_day}
    return [
        AnnotationNote(
            **about,
            id=new_id(),
            kind="data-quality",
            text=text,
            automatic=RESTATEMENT,
            origin=f"{measure.key}/{place.token}/{month}/{at.isoformat()}",
            client="platform",
            author=_AUTHOR,
        )
        for at, text in restatements(measure, month, past)
        if at >= since
    ]


async def _keep(session: AsyncSession, note: AnnotationNote) -> bool:
    """Keep a note; one that was made before is not made again."""
    given = note.model_dump(exclude={"made_at"}, exclude_none=True)
    kept = insert(AnnotationNote).values(**given).on_conflict_do_nothing(index_elements=["origin"])
    if (await session.exec(kept.returning(col(AnnotationNote.id)))).first() is None:
        return False
    record(session, caller=None, event="annotation.make", resource_type="annotation", resource_id=note.id)
    return True
