"""The only writer of rounds, and what is told of them."""

from datetime import date
from fractions import Fraction
from uuid import UUID

from services.outcomes.surveys.queries import survey_round, survey_rounds
from services.outcomes.surveys.rules import (
    LEAST_REPLIES,
    is_of_caller,
    place_of_team,
    result_of,
    round_faults,
    sums_of,
)
from services.outcomes.surveys.schemas import SurveyRoundAnswer, SurveyRoundRequest
from services.outcomes.surveys.tables import SURVEYED_TOPIC, SurveyRound
from shared.ids import new_id
from shared.months import Month, london_day
from shared.problems import Forbidden, Invalid, NotFound
from shared.service.acting import Act
from shared.service.paging import Page, Pager

_DECIMALS = 2
TOO_FEW = f"Scores are shown from {LEAST_REPLIES} replies on."


async def record_round(act: Act, given: SurveyRoundRequest) -> SurveyRoundAnswer:
    """Record a round of a team. Raises Invalid, Forbidden."""
    place = place_of_team(act.registry, given.team, given.month.last_day)
    if place is None:
        raise Invalid.one("code.unknown", "/team", "The registry knows no such team in that month.")
    if not _is_own(act, given.team, place):
        raise Forbidden("The team is none of the token's communities.")
    this_month = Month.of(act.now)
    faults = round_faults(
        invited=given.invited, replies=given.replies, month=given.month, this_month=this_month
    )
    if errors := list(faults):
        raise Invalid(errors=errors)
    row = SurveyRound(
        id=new_id(),
        team=given.team,
        place=place,
        month=given.month.first_day,
        invited=given.invited,
        replies=len(given.replies),
        sums=sums_of(given.replies),
        recorded_at=act.now,
    )
    act.session.add(row)
    about = {"team": row.team, "month": str(given.month), "invited": row.invited}
    await act.happened(
        SURVEYED_TOPIC, counts=row.id, resource_type="survey-round", resource_id=row.id, detail=about
    )
    return _shown(row, superseded=False)


async def read_round(act: Act, round_id: UUID) -> SurveyRoundAnswer:
    """One round of a team of the caller's. Raises NotFound."""
    found = await survey_round(act, round_id)
    if found is None or not _is_own(act, found[0].team, found[0].place):
        raise NotFound
    return _shown(found[0], superseded=found[1])


async def list_rounds(
    act: Act, paging: Pager, *, team: str | None, month: Month | None
) -> Page[SurveyRoundAnswer]:
    """The rounds of the caller's teams. Raises Invalid for an unknown team, Forbidden for another's."""
    own = _own_teams(act)
    if team is not None:
        if act.registry.team(team) is None:
            raise Invalid.one("code.unknown", "/team", "The registry knows no such team.")
        if own is not None and team not in own:
            raise Forbidden("The team is none of the token's communities.")
        own = [team]
    if own is not None and not own:
        raise Forbidden("The token belongs to no team.")
    found = await survey_rounds(act, paging, teams=own, month=month)
    return paging.page(
        found,
        shown=lambda one: _shown(one[0], superseded=one[1]),
        at=lambda one: [one[0].month.isoformat(), str(one[0].id)],
    )


def _own_teams(act: Act) -> list[str] | None:
    """The codes of the caller's teams; None for all."""
    if act.caller.all_communities:
        return None
    teams = [team.code for team in act.registry.file.teams]
    on = london_day(act.now)
    places = {team: place_of_team(act.registry, team, on) for team in teams}
    return [team for team, place in places.items() if place is not None and _is_own(act, team, place)]


def _is_own(act: Act, team: str, place: str) -> bool:
    on: date = london_day(act.now)
    return is_of_caller(act.caller, act.registry, team=team, place=place, on=on)


def _shown(row: SurveyRound, *, superseded: bool) -> SurveyRoundAnswer:
    # Beside the round that took its place, a superseded one would tell the scores of who was added.
    result = None if superseded else result_of(row.replies, row.sums)
    notes = ["A later round of the month took its place."] if superseded else [] if result else [TOO_FEW]
    return SurveyRoundAnswer(
        id=row.id,
        team=row.team,
        place=row.place,
        month=Month.of(row.month),
        invited=row.invited,
        questions=len(row.sums),
        replies=None if result is None else row.replies,
        reply_rate=None if result is None else row.replies / row.invited,
        mean=None if result is None else _rounded(result.mean),
        question_means=None if result is None else [_rounded(one) for one in result.questions],
        suppressed=result is None,
        superseded=superseded,
        notes=notes,
        recorded_at=row.recorded_at,
    )


def _rounded(mean: Fraction) -> float:
    return float(round(mean, _DECIMALS))
