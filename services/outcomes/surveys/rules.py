"""What a round of the survey may hold, what it says, and whose it is. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from shared.auth.caller import Caller
from shared.months import Month
from shared.problems import FieldError
from shared.registry import Registry

LEAST_REPLIES: Final = 8
"""Of fewer, somebody on the team could tell who said what. Source: domain practice of the small-number rule, 1 to 7."""
MOST_INVITED, MOST_QUESTIONS = 2000, 50
HUNDREDTHS: Final = 100
_COMMUNITY_WORK: Final = "community"


@dataclass(frozen=True, slots=True)
class RoundResult:
    """What a round says. mean: of all scores, 1 to 5.   questions: the mean of each question, in their order."""

    mean: Fraction
    questions: tuple[Fraction, ...]


def round_faults(
    *, invited: int, replies: Sequence[Sequence[int]], month: Month, this_month: Month
) -> Iterator[FieldError]:
    """What contradicts itself in a round: more replies than people, replies to other questions, a month to come."""
    if month > this_month:
        yield FieldError("date.future", "/month", "The month lies in the future.")
    if len(replies) > invited:
        yield FieldError("number.range", "/invited", "More people replied than were invited.")
    questions = len(replies[0]) if replies else 0
    for number, reply in enumerate(replies):
        if len(reply) < questions:
            yield FieldError(
                "number.required", f"/replies/{number}", f"The first reply has {questions} scores."
            )
        elif len(reply) > questions:
            yield FieldError(
                "list.too_long", f"/replies/{number}", f"The first reply has {questions} scores."
            )


def sums_of(replies: Sequence[Sequence[int]]) -> list[int]:
    """The sum of the scores of each question. replies: (people, questions), each score 1..5."""
    return [sum(scores) for scores in zip(*replies, strict=True)]


def result_of(replies: int, sums: Sequence[int]) -> RoundResult | None:
    """What a round says; None where too few replied to say it. sums: (questions,), points."""
    if replies < LEAST_REPLIES or not sums:
        return None
    return RoundResult(
        Fraction(sum(sums), replies * len(sums)), tuple(Fraction(one, replies) for one in sums)
    )


def scores_in_hundredths(replies: int, result: RoundResult) -> int:
    """The sum of all people's mean scores, in hundredths of a point; half a hundredth goes up."""
    return int(result.mean * replies * HUNDREDTHS + Fraction(1, 2))


def place_of_team(registry: Registry, team: str, on: date) -> str | None:
    """The community that a team works for on a day, else the area of its first other duty; None for no such team."""
    known = registry.team(team)
    if known is None or not known.holds(on):
        return None
    duties = sorted(
        (duty for duty in known.duties if duty.holds(on)),
        key=lambda duty: (duty.kind != _COMMUNITY_WORK, duty.order),
    )
    return duties[0].area if duties else None


def is_of_caller(caller: Caller, registry: Registry, *, team: str, place: str, on: date) -> bool:
    """Whether a team's rounds are the caller's: of its communities, or of the organisation that it is."""
    if caller.communities is None:
        return caller.org == team
    return caller.all_communities or any(place in registry.members(slug, on) for slug in caller.communities)
