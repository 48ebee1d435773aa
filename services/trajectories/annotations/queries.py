"""Reads of notes: those of a list, and those beside the series of an answer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.trajectories.annotations.rules import MOVE, RESTATEMENT, moves
from services.trajectories.annotations.tables import AnnotationNote, AnnotationScan
from services.trajectories.ingest.tables import FactSubscription
from services.trajectories.performance.rules.audience import Sight
from services.trajectories.performance.rules.beside import Annotation, AnnotationKind
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.question import Question
from shared.db.engine import Database
from shared.db.seen import newest_seen
from shared.months import Month, month_range
from shared.registry.selection import Selection

_CHANGED = text("""
    select newer.measure, newer.month, newer.place, newer.known_at, newer.seq,
           exists (select from fact as older
                    where older.author = newer.author and older.epoch = newer.epoch and older.measure = newer.measure
                      and older.month = newer.month and older.place = newer.place
                      and older.breakdown_key = newer.breakdown_key and older.source = newer.source
                      and older.replaced_at = newer.known_at) as replaces
      from fact as newer
     where author = :author and epoch = :epoch and seq > :seq order by seq limit :limit
""")
_BESIDE = """
    select id, measure, community, month, kind, text, link, author, automatic, made_at from annotation
     where month between $1 and $2 and (measure is null or measure = any($3::text[]))
       and (community is null or community = any($4::text[]))
       and ($5 or kind = 'rebase') and ($6::timestamptz is null or made_at <= $6)
       and (withdrawn_at is null or withdrawn_at > $6)
     order by month, made_at, id
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notes a list shows. None: whatever they say."""

    measures: Sequence[str] | None = None
    communities: Sequence[str] | None = None
    month: Month | None = None
    kind: AnnotationKind | None = None


def note_of(row: AnnotationNote) -> Annotation:
    """A row as a note."""
    given = row.model_dump(exclude={"origin", "client", "month", "kind", "withdrawn_by"})
    return Annotation(month=Month.of(row.month), kind=cast("AnnotationKind", row.kind), **given)


def sees_note(note: Annotation, sight: Sight, places: Geography) -> bool:
    """Whether a caller may read a note.

    Of a place below a community only those do whose own it is. That a figure was restated is told to those who see it.
    """
    if note.community is None:
        return True
    place = places.registry.find(note.community)
    if place is None or not sight.may_ask(place, [note.month]):
        return False
    return note.automatic != RESTATEMENT or sight.exactly(place, note.month)


async def notes_listed(
    session: AsyncSession,
    wanted: Wanted,
    places: Geography,
    *,
    sight: Sight,
    after: Sequence[Any] | None,
    limit: int,
) -> list[tuple[Annotation, list[Any]]]:
    """Notes that a caller may read, newest first, then the moves that the registry tells; each with its place in the list.

    after: the place of the last one shown.   limit: as many at most.
    """
    skipped = 0 if after is None or after[0] != MOVE else int(after[1])
    found: list[tuple[Annotation, list[Any]]] = []
    if after is None or after[0] != MOVE:
        before = None if after is None else UUID(after[0])

        async def read(before: UUID | None) -> Sequence[Annotation]:
            rows = (await session.exec(_asked(wanted, before).limit(limit))).all()
            return [note_of(row) for row in rows]

        notes = await newest_seen(
            read, sees=lambda note: sees_note(note, sight, places), before=before, limit=limit
        )
        found = [(note, [str(note.id)]) for note in notes]
    made = [(one, [MOVE, at]) for at, one in enumerate(_moves(wanted, places), start=1)]
    return [*found, *made[skipped:]][:limit]


def _moves(wanted: Wanted, places: Geography) -> Iterator[Annotation]:
    """The moves that a list shows."""
    months = None if wanted.month is None else [wanted.month]
    if wanted.measures is None and wanted.kind in (None, "change"):
        for one in moves(places, months):
            if wanted.communities is None or one.community in wanted.communities:
                yield one


def _asked(wanted: Wanted, before: UUID | None) -> SelectOfScalar[AnnotationNote]:
    asked = select(AnnotationNote)
    if wanted.measures is not None:
        asked = asked.where(col(AnnotationNote.measure).in_(wanted.measures))
    if wanted.communities is not None:
        asked = asked.where(col(AnnotationNote.community).in_(wanted.communities))
    if wanted.month is not None:
        asked = asked.where(col(AnnotationNote.month) == wanted.month.first_day)
    if wanted.kind is not None:
        asked = asked.where(col(AnnotationNote.kind) == wanted.kind)
    if before is not None:
        asked = asked.where(col(AnnotationNote.id) < before)
    return asked.order_by(col(AnnotationNote.id).desc())


async def annotations_beside(
    database: Database,
    question: Question,
    places: Geography,
    *,
    exact: Callable[[Selection, Month], bool],
) -> Sequence[Annotation]:
    """The notes beside the series of a question; only rebases where it asks for no others.

    exact: what the audience sees exactly; of what is not its own no note tells that a figure was restated.
    """
    first, last = question.first, question.last
    selected = {place.token: place for place in question.places_read(places)}
    async with database.connection() as connection:
        rows = await connection.fetch(
            _BESIDE,
            first.first_day,
            last.first_day,
            list(question.measures),
            list(selected),
            question.with_annotations,
            question.as_at,
        )
    written = [Annotation(**{**row, "month": Month.of(row["month"])}) for row in rows]
    made = moves(places, month_range(first, last)) if question.with_annotations else ()
    return [
        note
        for note in (*written, *(one for one in made if one.community in selected))
        if note.automatic != RESTATEMENT
        or (note.community is not None and exact(selected[note.community], note.month))
    ]


class Changed(NamedTuple):
    """A cell that took the place of an older version of itself. month: its first day.   place: as it was filed."""

    measure: str
    month: date
    place: str


async def served_epochs(session: AsyncSession) -> list[AnnotationScan]:
    """The facts that are served, each author's, as if nothing of them had been looked through."""
    rows = (
        await session.exec(select(FactSubscription).where(col(FactSubscription.serving).is_not(None)))
    ).all()
    return [AnnotationScan(author=row.author, epoch=row.serving, seq=0) for row in rows if row.serving]


async def hold_scan(session: AsyncSession, scan: AnnotationScan) -> AnnotationScan:
    """How far an author's facts were looked through, locked until the commit."""
    made = insert(AnnotationScan).values(author=scan.author, epoch=scan.epoch, seq=0)
    await session.exec(made.on_conflict_do_nothing(index_elements=["author", "epoch"]))
    held = select(AnnotationScan).where(
        col(AnnotationScan.author) == scan.author, col(AnnotationScan.epoch) == scan.epoch
    )
    return (await session.exec(held.with_for_update())).one()


async def changed_since(
    session: AsyncSession, scan: AnnotationScan, *, seq: int, limit: int
) -> tuple[dict[Changed, datetime], int | None]:
    """The cells that took the place of others behind one, each with the first time it did, and the last fact looked at.

    The last is None when there was none.
    """
    given = {"author": scan.author, "epoch": scan.epoch, "seq": seq, "limit": limit}
    rows = (await (await session.connection()).execute(_CHANGED, given)).all()
    changed: dict[Changed, datetime] = {}
    for row in rows:
        if row.replaces:
            cell = Changed(row.measure, row.month, row.place)
            changed[cell] = min(row.known_at, changed.get(cell, row.known_at))
    return changed, rows[-1].seq if rows else None
