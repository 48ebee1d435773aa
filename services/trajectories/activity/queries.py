"""Reads of submissions, and of what stands where a file is about to say something."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.activity.rules.kinds import PER_REGISTERED, REGISTERED
from services.trajectories.activity.rules.merging import Lines, Parts, Slot
from services.trajectories.activity.rules.values import month_number, month_of_number
from services.trajectories.activity.tables import ActivityPart, ActivitySubmission
from services.trajectories.ingest.authoring import AUTHOR
from shared.months import Month

_WHERE = "measure = any(:measures) and month between :first and :last and place = any(:places)"
# The provenance as text: thousands of figures have the same, which is read once.
_STANDING = text(f"""
    select measure, month, place, breakdown_key, numerator, denominator, provenance::text from serving_fact
     where author = :author and replaced_at is null and numerator is not null and {_WHERE}
""")  # noqa: S608 -- constants of this module
_PARTS = text(f"""
    select measure, month, place, sent, breakdown_key, numerator, denominator from activity_part where {_WHERE}
""")  # noqa: S608 -- constants of this module


class Standing(NamedTuple):
    """What stands: the figures of each slot, and where they came from, which nobody may change."""

    lines: dict[Slot, Lines]
    provenance: dict[Slot, dict[str, Any]]


async def standing_at(session: AsyncSession, slots: Iterable[Slot]) -> Standing:
    """The figures in force of some slots."""
    wanted = frozenset(slots)
    lines: dict[Slot, Lines] = defaultdict(dict)
    provenance: dict[Slot, dict[str, Any]] = {}
    months: dict[Any, int] = {}
    origins: dict[str, dict[str, Any]] = {}
    for measure, day, place, key, numerator, denominator, told in await _rows(session, _STANDING, wanted):
        month = months.get(day) or months.setdefault(day, month_number(Month.of(day)))
        slot = Slot(measure, month, place)
        if slot in wanted:
            lines[slot][key] = (numerator, denominator)
            if told not in origins:
                origins[told] = orjson.loads(told)
            provenance[slot] = origins[told]
    return Standing(dict(lines), provenance)


async def parts_at(session: AsyncSession, slots: Iterable[Slot]) -> Parts:
    """What practices gave to the places of some slots that are not their own."""
    wanted = frozenset(slots)
    found: Parts = defaultdict(dict)
    months: dict[Any, int] = {}
    for measure, day, place, sent, key, numerator, denominator in await _rows(session, _PARTS, wanted):
        month = months.get(day) or months.setdefault(day, month_number(Month.of(day)))
        slot = Slot(measure, month, place)
        if slot in wanted:
            found[slot].setdefault(sent, {})[key] = (numerator, denominator)
    return dict(found)


async def _rows(session: AsyncSession, statement: Any, slots: frozenset[Slot]) -> Sequence[Any]:
    if not slots:
        return []
    months = [slot.month for slot in slots]
    asked = {
        "author": AUTHOR,
        "measures": sorted({slot.measure for slot in slots}),
        "places": sorted({slot.place for slot in slots}),
        "first": month_of_number(min(months)).first_day,
        "last": month_of_number(max(months)).first_day,
    }
    if statement is _PARTS:
        del asked["author"]
    return (await (await session.connection()).execute(statement, asked)).all()


def list_slots(slots: Iterable[Slot]) -> set[Slot]:
    """Where the list sizes of some slots stand."""
    return {Slot(REGISTERED, slot.month, slot.place) for slot in slots}


def rate_slots(slots: Iterable[Slot]) -> set[Slot]:
    """Where the rates stand that the list sizes of some slots divide."""
    return {Slot(rate, slot.month, slot.place) for slot in slots for rate in PER_REGISTERED}


async def submission_of(session: AsyncSession, submission_id: UUID) -> ActivitySubmission | None:
    """One submission."""
    return await session.get(ActivitySubmission, submission_id)


async def live_submission(session: AsyncSession, measure: str, sha256: str) -> ActivitySubmission | None:
    """The submission of these bytes that is wholly in force."""
    asked = select(ActivitySubmission).where(
        col(ActivitySubmission.measure) == measure,
        col(ActivitySubmission.sha256) == sha256,
        col(ActivitySubmission.live),
    )
    return (await session.exec(asked)).first()


async def submissions_listed(
    session: AsyncSession,
    *,
    measure: str | None,
    status: str | None,
    sender: tuple[str, str | None] | None,
    before: UUID | None,
    limit: int,
) -> Sequence[ActivitySubmission]:
    """Submissions, newest first. sender: only those of a client and its organisation.   before: only older ones."""
    table = ActivitySubmission
    asked = select(table)
    if measure is not None:
        asked = asked.where(col(table.measure) == measure)
    if status is not None:
        asked = asked.where(col(table.status) == status)
    if sender is not None:
        client, org = sender
        asked = asked.where(col(table.client) == client if org is None else col(table.org) == org)
    if before is not None:
        asked = asked.where(col(table.id) < before)
    return (await session.exec(asked.order_by(col(table.id).desc()).limit(limit))).all()


async def forget_parts(session: AsyncSession, parts: Iterable[tuple[Slot, str]]) -> None:
    """Take away what some practices gave before."""
    gone = [(slot.measure, month_of_number(slot.month).first_day, slot.place, sent) for slot, sent in parts]
    if gone:
        columns = zip(
            ("measures", "months", "places", "sent"), map(list, zip(*gone, strict=True)), strict=True
        )
        await (await session.connection()).execute(_FORGET, dict(columns))


_FORGET = text("""
    delete from activity_part as part
     using unnest(cast(:measures as text[]), cast(:months as date[]), cast(:places as text[]), cast(:sent as text[]))
           as gone (measure, month, place, sent)
     where (part.measure, part.month, part.place, part.sent) = (gone.measure, gone.month, gone.place, gone.sent)
""")
PART_TABLE = str(ActivityPart.__tablename__)
