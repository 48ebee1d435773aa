"""The cells of facts that measurements touch: as they come, and once a day for what looks back."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.figures.queries import (
    SOURCE,
    History,
    at_target_on,
    reassessed_on,
    standing_shares,
    touched_histories,
)
from services.outcomes.figures.rules import COUNTS_OF_PEOPLE, Line, Share, Shares, Standing, moved, shares_of
from services.outcomes.instruments.declarations import Instruments, load_instruments
from shared.facts.cells import Cell
from shared.months import Month

DAY_TOPIC: Final = "measurement.day"
REASSESSED, AT_TARGET = "pam-reassessed-rate", "hba1c-target-met-rate"
DAY_MEASURES: Final = (REASSESSED, AT_TARGET)


@cache
def _instruments() -> Instruments:
    """The instruments that ship: figures of several installations compare, so none counts by thresholds of its own."""
    return load_instruments()


async def derive_measurement_cells(
    session: AsyncSession, *, subjects: Sequence[UUID], known_at: datetime
) -> list[Cell]:
    """The cells that these measurements move, as known at an instant.

    What each touched person gave before is compared with what the person gives now, and the difference is added to what
    stands. So a round costs the same however many measurements a cell is made of.
    """
    histories: dict[tuple[str, str], list[History]] = defaultdict(list)
    for history in await touched_histories(session, subjects):
        histories[history.person, history.row.instrument].append(history)
    moves: Shares = {}
    for (_, instrument), own in histories.items():
        declared = _instruments().by_key[instrument]
        before = shares_of(_standing(own, known_at, by_then=False), declared)
        after = shares_of(_standing(own, known_at, by_then=True), declared)
        for line, share in moved(before, after).items():
            moves[line] = _sum(moves.get(line), share)
    standing = await standing_shares(session, moves)
    return [_cell(line, _sum(standing.get(line), share)) for line, share in sorted(moves.items())]


def _standing(histories: Iterable[History], instant: datetime, *, by_then: bool) -> list[Standing]:
    """Who stood just before an instant, or by then: was published, and not yet corrected."""

    def passed(moment: datetime | None) -> bool:
        return moment is not None and (moment <= instant if by_then else moment < instant)

    return [one.row for one in histories if passed(one.known_at) and not passed(one.gone_at)]


def _sum(one: Share | None, other: Share) -> Share:
    return other if one is None else Share(one.counted + other.counted, one.among + other.among)


def _cell(line: Line, share: Share) -> Cell:
    """The cell of a line. Nobody left in it withdraws it: then it is as if nobody had ever been."""
    is_count = line.measure in COUNTS_OF_PEOPLE
    people = share.counted if is_count else share.among
    name, _, value = line.breakdown.partition("=")
    return Cell(
        measure=line.measure,
        month=Month.of(line.month),
        place=line.place,
        source=SOURCE,
        breakdowns=((name, value),),
        numerator=share.counted if people else None,
        denominator=None if is_count or not people else share.among,
        provenance={"source": SOURCE},
    )


async def derive_day_cells(session: AsyncSession, *, day: date, known_at: datetime) -> list[Cell]:
    """What looks back over a year, on a London day."""
    found = {
        REASSESSED: await reassessed_on(session, day=day, known_at=known_at),
        AT_TARGET: await at_target_on(session, day=day, known_at=known_at),
    }
    return [
        _cell(Line(measure, row.place, day, f"age={row.age}"), Share(row.counted, row.among))
        for measure, rows in found.items()
        for row in rows
    ]
