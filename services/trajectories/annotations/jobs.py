"""The worker's part: a figure that was complete and then moved by more than a twentieth makes a note of that."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.annotations.queries import Changed, changed_since, hold_scan, served_epochs
from services.trajectories.annotations.rules import RESTATEMENT, restatements
from services.trajectories.annotations.tables import AnnotationNote, AnnotationScan
from services.trajectories.ingest.actions import raise_version
from services.trajectories.measures.catalogue import Catalogue, Measure, load_catalogue
from services.trajectories.performance.rules.places import Geography
from services.trajectories.revisions.queries import MOST, cells_ever_filed, counted_since
from services.trajectories.revisions.rules import Counted, revisions_of
from services.trajectories.settings import Settings
from shared.audit import record
from shared.ids import new_id
from shared.months import Month
from shared.registry.selection import Selection
from shared.service.platform import Platform
from shared.service.worker import Periodic

LOOKED_AT_EVERY = timedelta(seconds=30)
"""A figure that moves many times between two looks is worked out once, and while casework streams in most figures do."""
_FACTS_AT_A_TIME = 2_000
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
    figures = _figures(changed, catalogue, places)
    counted = {key: await counted_since(platform.database, one) for key, one in _measures(figures).items()}
    found = [
        note
        for measure, place, month in figures
        for note in await _restated(
            platform, measure, place, month, places=places, counted=counted[measure.key]
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


def _figures(
    changed: Iterable[Changed], catalogue: Catalogue, places: Geography
) -> list[tuple[Measure, Selection, Month]]:
    """The figures of communities that some cells are part of, each once: of their measure, and of rates made of it."""
    communities: dict[Month, Sequence[Selection]] = {}
    found: dict[tuple[str, str, Month], tuple[Measure, Selection, Month]] = {}
    for key, day, code in changed:
        month = Month.of(day)
        if month not in communities:
            communities[month] = places.of_level("icc", [month])
        for place in communities[month]:
            if code in places.codes(place, month):
                for measure in catalogue:
                    if key in measure.made_of:
                        found[measure.key, place.token, month] = measure, place, month
    return list(found.values())


def _measures(figures: Iterable[tuple[Measure, Selection, Month]]) -> dict[str, Measure]:
    return {measure.key: measure for measure, _, _ in figures}


async def _restated(
    platform: Platform,
    measure: Measure,
    place: Selection,
    month: Month,
    *,
    places: Geography,
    counted: Counted,
) -> list[AnnotationNote]:
    """A note of each time that the figure was restated."""
    filed = await cells_ever_filed(platform.database, measure, sorted(places.codes(place, month)), month)
    if len(filed) > MOST:
        return []
    past = revisions_of(measure, place, month, filed, places=places, counted=counted)
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
    ]


async def _keep(session: AsyncSession, note: AnnotationNote) -> bool:
    """Keep a note; one that was made before is not made again."""
    given = note.model_dump(exclude={"made_at"}, exclude_none=True)
    kept = insert(AnnotationNote).values(**given).on_conflict_do_nothing(index_elements=["origin"])
    if (await session.exec(kept.returning(col(AnnotationNote.id)))).first() is None:
        return False
    record(session, caller=None, event="annotation.make", resource_type="annotation", resource_id=note.id)
    return True
