"""How the page of a referral is told: its words, and who may do what from it."""

from typing import Any

from fastapi import Request, Response

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
from services.referrals.pathways.catalogue import catalogue
from services.referrals.pathways.rules import UNROUTED
from services.referrals.records.rules import age_on
from services.referrals.triage.reasons import reason_codes
from shared.months import london_day
from shared.nhs_numbers import grouped_nhs_number
from shared.service.browsing.frame import page
from shared.service.platform import Platform

DONE = {
    "triage": "The decision is recorded.",
    "assign": "The referral has changed hands.",
    "contact": "The contact is recorded.",
    "review": "The review is recorded.",
    "discharge": "The case is discharged.",
}


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


def record_page(request: Request, record: Record, *, done: str | None = None) -> Response:
    """The page of a referral. done: what was just done to it."""
    platform: Platform = request.app.state.platform
    patient = record.referral.patient
    return page(
        request,
        "record.jinja",
        record=record,
        done=None if done is None else DONE[done],
        number=None if patient.nhs_number is None else grouped_nhs_number(patient.nhs_number),
        age=age_on(london_day(platform.clock()), patient.birth_date),
        standing=STATUSES[record.referral.status],
        place=_place(platform, record.referral.icc),
        team=_team(platform, record.referral.team),
        reasons={one.code: one.title for one in reason_codes()},
        **told(),
    )


def _place(platform: Platform, icc: str) -> str:
    if icc == UNROUTED:
        return "No community yet"
    community = platform.registry.community(icc)
    return icc if community is None else community.name


def _team(platform: Platform, code: str | None) -> str | None:
    return next((one.name for one in platform.registry.file.teams if one.code == code), code)
