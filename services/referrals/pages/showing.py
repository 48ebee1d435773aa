"""How pages are told: their words, who may do what from the page of a referral, and what is wrong with a form."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from fastapi import Request, Response

from services.referrals.cases.rules import OUTCOMES
from services.referrals.contacts.rules import Kind, With
from services.referrals.contacts.rules import Outcome as ContactOutcome
from services.referrals.discharges.rules import AVOIDED_KINDS, JUDGES
from services.referrals.pages.record import Record
from services.referrals.pages.rules import (
    STATES,
    STATUSES,
    TONES,
    day_words,
    event_words,
    moment_words,
    shown_flags,
    words,
)
from services.referrals.pages.saying import ROWS_OF_AVOIDED
from services.referrals.pages.schemas import Done
from services.referrals.pathways.catalogue import catalogue
from services.referrals.pathways.rules import PRIORITIES, UNROUTED
from services.referrals.records.rules import age_on, name_of
from services.referrals.records.scope import WORK, iccs_under
from services.referrals.records.states import AWAITING_TRIAGE, OPEN_STATUSES
from services.referrals.triage.reasons import reason_codes
from services.referrals.triage.rules import DECISIONS
from shared.auth.caller import Caller
from shared.months import LONDON, london_day
from shared.nhs_numbers import grouped_nhs_number
from shared.problems import PreconditionFailed, Problem
from shared.service.browsing.forms import Filled, new_key
from shared.service.browsing.frame import page
from shared.service.platform import Platform

WORK_CASES: Final = "cases.work"
STALE: Final = (
    "Somebody changed this record while your page was open, and nothing of yours was kept. What stands here now is the "
    "record as it is: look again, and send the form once more if it still fits."
)
SAID: Final = {
    ("triage", "/decision"): "Choose what is decided.",
    ("triage", "/icc"): "Say where it is sent: another community, team or pathway, or a place outside.",
    ("triage", "/reason_code"): "Choose a reason that fits the decision; an acceptance takes none.",
    ("assign", "/assignee"): "Say who has it from now on.",
    (
        "contact",
        "/at",
    ): "Give the day and time of the contact, which lies after the referral and not in the future.",
    ("contact", "/face_to_face"): "Only a visit is face to face.",
    (
        "review",
        "/reviewed_on",
    ): "Give the day of the review, which lies after the referral and not in the future.",
    ("review", "/summary"): "Say what the review came to.",
    ("review", "/next_review_on"): "Give a day after this review, or none.",
    (
        "discharge",
        "/discharged_on",
    ): "Give the day of the discharge, after the referral and not in the future.",
    ("discharge", "/outcome"): "Choose how the case ended.",
    ("discharge", "/avoided"): "A death is never an activity avoided: empty those lines.",
    ("refer", "/patient/family"): "Give the family name.",
    ("refer", "/patient/birth_date"): "Give the date of birth, which lies before today.",
    ("refer", "/pathway"): "Choose the pathway.",
}
"""What is wrong with a field, where the interface speaks to who writes programs."""
DONE: Final = {
    "triage": "The decision is recorded.",
    "assign": "The referral has changed hands.",
    "contact": "The contact is recorded.",
    "review": "The review is recorded.",
    "discharge": "The case is discharged.",
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """A form that was refused. act: which.   form: what was filled in.   problem: why."""

    act: Done | Literal["refer"]
    form: Filled
    problem: Problem


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field. at: the field's id."""

    at: str
    text: str


def told() -> dict[str, Any]:
    """The words that every template here asks for."""
    return {
        "day": day_words,
        "moment": moment_words,
        "words": words,
        "event": event_words,
        "flags_shown": shown_flags,
        "pathways": {key: one.title for key, one in catalogue().pathways.items()},
        "tones": TONES,
        "state_words": STATES,
    }


def refused(attempt: Attempt | None, *, shown: bool) -> dict[str, Any]:
    """How a page tells of a form that was refused, and keeps what was filled in. shown: whether the form stands on the page."""
    faults = [] if attempt is None else faults_of(attempt)

    def filled(act: str, name: str, otherwise: str = "") -> str:
        return otherwise if attempt is None or attempt.act != act else attempt.form.get(name, "")

    return {
        "status": 200 if attempt is None else attempt.problem.status,
        "headers": {} if attempt is None else attempt.problem.headers,
        "attempt": attempt,
        "faults": faults,
        "summary": [{"text": one.text, **({"href": f"#{one.at}"} if shown else {})} for one in faults],
        "filled": filled,
    }


def faults_of(attempt: Attempt) -> list[Fault]:
    """Why a form was refused, for somebody who sees a page and no members."""
    problem = attempt.problem
    if isinstance(problem, PreconditionFailed):
        return [Fault(attempt.act, STALE)]
    if not problem.errors:
        return [Fault(attempt.act, problem.detail)]
    return [
        Fault(
            f"{attempt.act}-{one.pointer.strip('/').replace('/', '-')}",
            SAID.get((attempt.act, one.pointer), one.detail),
        )
        for one in problem.errors
    ]


def record_page(
    request: Request, record: Record, *, done: Done | None = None, attempt: Attempt | None = None
) -> Response:
    """The page of a referral. done: what was just done to it.   attempt: what was refused, told beside its form."""
    platform: Platform = request.app.state.platform
    caller: Caller = request.state.caller
    now = platform.clock()
    patient = record.referral.patient
    offered = acts_offered(record, caller)
    lost = attempt is not None and attempt.act not in offered
    return page(
        request,
        "record.jinja",
        **refused(attempt, shown=not lost),
        record=record,
        done=None if done is None else DONE[done],
        written=_notes(attempt.form) if attempt is not None and lost else [],
        offered=offered,
        works=caller.has(WORK),
        options=options(platform, now),
        rows_of_avoided=ROWS_OF_AVOIDED,
        new_key=new_key,
        today=london_day(now).isoformat(),
        now_local=f"{now.astimezone(LONDON):%Y-%m-%dT%H:%M}",
        number=None if patient.nhs_number is None else grouped_nhs_number(patient.nhs_number),
        name=name_of(patient.given, patient.family),
        age=None if patient.birth_date is None else age_on(london_day(now), patient.birth_date),
        standing=STATUSES[record.referral.status],
        place=place_name(platform, record.referral.icc),
        team=team_name(platform, record.referral.team),
        reasons={one.code: one.title for one in reason_codes()},
        **told(),
    )


def acts_offered(record: Record, caller: Caller) -> list[str]:
    """What the reader may do with the record as it stands."""
    found: list[str] = []
    status = record.referral.status
    if caller.has(WORK):
        found += ["triage"] if status in AWAITING_TRIAGE else []
        found += ["assign"] if status in OPEN_STATUSES else []
    if caller.has(WORK_CASES) and record.case is not None and record.case.case.status == "open":
        found += ["contact", "review", "discharge"]
    return found


def _notes(form: Filled) -> list[str]:
    """Notes that would be lost, since their form is not offered any more."""
    return [form[name] for name in ("comment", "note", "summary") if form.get(name)]


def options(platform: Platform, now: datetime) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen in the forms of a record: (code, words)."""
    registry = platform.registry
    iccs = iccs_under(registry.system, registry=registry, on=london_day(now))
    return {
        "reasons": [(one.code, one.title) for one in reason_codes() if set(one.decisions) & set(DECISIONS)],
        "priorities": named(PRIORITIES),
        "iccs": [(icc, place_name(platform, icc)) for icc in iccs],
        "teams": [(one.code, one.name) for one in registry.file.teams],
        "pathways": [(key, one.title) for key, one in catalogue().pathways.items()],
        "kinds": named(get_args(Kind)),
        "withs": named(get_args(With)),
        "contact_outcomes": named(get_args(ContactOutcome)),
        "case_outcomes": named(OUTCOMES),
        "avoided_kinds": named(AVOIDED_KINDS),
        "judges": named(JUDGES),
    }


def named(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Codes with their words."""
    return [(code, words(code)) for code in codes]


def place_name(platform: Platform, icc: str) -> str:
    """A community as people call it."""
    if icc == UNROUTED:
        return "No community yet"
    community = platform.registry.community(icc)
    return icc if community is None else community.name


def team_name(platform: Platform, code: str | None) -> str | None:
    """A team as people call it."""
    return next((one.name for one in platform.registry.file.teams if one.code == code), code)
