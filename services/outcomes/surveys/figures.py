"""How rounds of the survey become facts: the scores of a place's teams in a month, each round only from eight replies on."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.surveys.rules import result_of, scores_in_hundredths
from services.outcomes.surveys.tables import SURVEYED_TOPIC
from shared.facts.cells import Cell
from shared.months import Month

MEASURE: Final = "team-functioning-mean"
SOURCE: Final = "outcomes"

# Of a team's rounds in a month the last one stands. A team that moved is counted anew where it was, too.
_STANDING = text("""
    with same as (
        select distinct other.place, other.month
          from survey_round own join survey_round other on other.team = own.team and other.month = own.month
         where own.id = any(:subjects)),
    standing as (
        select distinct on (team, month) team, month, place, replies, sums
          from survey_round
         where month in (select month from same)
           and exists (select from fact_event
                        where fact_event.subject = survey_round.id and topic = :topic and known_at <= :known_at)
         order by team, month, id desc)
    select same.place, same.month, standing.replies, standing.sums
      from same left join standing on standing.place = same.place and standing.month = same.month
     order by same.place, same.month
""")


async def derive_survey_cells(
    session: AsyncSession, *, subjects: Sequence[UUID], known_at: datetime
) -> list[Cell]:
    """The cells of the places and months of these rounds, as they stood when `known_at` had been published."""
    given = {"subjects": list(subjects), "topic": SURVEYED_TOPIC, "known_at": known_at}
    found: dict[tuple[str, date], list[Any]] = defaultdict(list)
    for row in (await (await session.connection()).execute(_STANDING, given)).all():
        found[row.place, row.month].append(row)
    return [_cell(place, month, rows) for (place, month), rows in found.items()]


def _cell(place: str, month: date, rows: Iterable[Any]) -> Cell:
    scores = replies = 0
    for row in rows:
        result = None if row.replies is None else result_of(row.replies, row.sums)
        if result is not None:
            scores += scores_in_hundredths(row.replies, result)
            replies += row.replies
    return Cell(
        measure=MEASURE,
        month=Month.of(month),
        place=place,
        source=SOURCE,
        numerator=scores if replies else None,
        denominator=replies or None,
        provenance={"source": SOURCE, "survey": "team-functioning"},
    )
