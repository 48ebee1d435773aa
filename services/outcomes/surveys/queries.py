"""Reads of rounds."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import exists
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from services.outcomes.surveys.tables import SurveyRound
from shared.months import Month
from shared.service.acting import Act
from shared.service.paging import Pager

_LATER = aliased(SurveyRound)
_SUPERSEDED = exists().where(
    col(_LATER.team) == col(SurveyRound.team),
    col(_LATER.month) == col(SurveyRound.month),
    col(_LATER.id) > col(SurveyRound.id),
)


async def survey_round(act: Act, round_id: UUID) -> tuple[SurveyRound, bool] | None:
    """A round, and whether a later one of its month took its place."""
    found = select(SurveyRound, _SUPERSEDED).where(SurveyRound.id == round_id)
    return (await act.session.exec(found)).first()


async def survey_rounds(
    act: Act, paging: Pager, *, teams: Sequence[str] | None, month: Month | None
) -> Sequence[tuple[SurveyRound, bool]]:
    """The rounds of some teams, or of all, newest month first."""
    found = select(SurveyRound, _SUPERSEDED)
    if teams is not None:
        found = found.where(col(SurveyRound.team).in_(teams))
    if month is not None:
        found = found.where(SurveyRound.month == month.first_day)
    if before := paging.after():
        at, last = date.fromisoformat(before[0]), UUID(before[1])
        found = found.where(
            (col(SurveyRound.month) < at) | ((col(SurveyRound.month) == at) & (col(SurveyRound.id) < last))
        )
    newest = found.order_by(col(SurveyRound.month).desc(), col(SurveyRound.id).desc())
    return (await act.session.exec(newest.limit(paging.limit + 1))).all()
