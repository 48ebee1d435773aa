"""Surveys of how teams function."""

from typing import Annotated

from fastapi import Query

from services.outcomes.parameters import AskedMonth
from services.outcomes.surveys.actions import list_rounds, read_round, record_round
from services.outcomes.surveys.schemas import SurveyRoundAnswer, SurveyRoundRequest
from shared.http.parameters import PathId
from shared.problems import Invalid
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(prefix="/v1/surveys/team-functioning/rounds", tags=["surveys"])

Surveyor = Annotated[Act, may("programmes.write")]
Reader = Annotated[Act, may("performance.detail")]


@router.get("", problems=(Invalid,))
async def get_rounds(
    act: Reader,
    paging: Paging,
    month: AskedMonth,
    team: Annotated[str | None, Query(max_length=40, examples=["kendal-icc"])] = None,
) -> Page[SurveyRoundAnswer]:
    """The rounds of the caller's teams, newest month first."""
    return await list_rounds(act, paging, team=team, month=month)


@router.get("/{round_id}")
async def get_round(act: Reader, round_id: PathId) -> SurveyRoundAnswer:
    """One round: its mean score and reply rate, shown from eight replies on."""
    return await read_round(act, round_id)


@router.post("")
async def post_round(act: Surveyor, given: SurveyRoundRequest) -> SurveyRoundAnswer:
    """Record a round of the survey: one reply for each person, without names.

    A second round of the same team and month takes the first one's place.
    """
    return await record_round(act, given)
