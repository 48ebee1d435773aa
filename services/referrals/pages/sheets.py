"""The pages of long forms, an assessment and the care plan, and of what a partner was asked."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from services.referrals.assessments.rules import DOMAINS
from services.referrals.care_plans.rules import MOST_ACTIONS, MOST_CONTACTS, MOST_GOALS
from services.referrals.onward.rules import UNANSWERED
from services.referrals.onward.schemas import OnwardAnswer
from services.referrals.pages.faults import Attempt, refused
from services.referrals.pages.record import Same, Sheet
from services.referrals.pages.rules import STATUSES
from services.referrals.pages.saying import plan_filled, rows_of
from services.referrals.pages.showing import place_name, sheet_options, told, who
from services.referrals.records.rules import name_of
from services.referrals.records.schemas import ReferralAnswer
from services.referrals.triage.reasons import reason_codes
from shared.months import london_day
from shared.problems import PreconditionFailed
from shared.service.browsing.forms import NONE_YET, Filled, new_key
from shared.service.browsing.frame import origin_of, page
from shared.service.platform import Platform

LONG: Final[Mapping[str, str]] = {"assessment": "assessment.jinja", "plan": "plan.jinja"}
"""The forms that have a page of their own, with its template."""
SHEET_BYTES: Final = 1024 * 1024
"""As much as the interface takes."""
_ROWS: Final = {"goals": (3, MOST_GOALS), "actions": (3, MOST_ACTIONS), "contacts": (2, MOST_CONTACTS)}
"""How many rows a plan's form begins with, and how many it may have."""
_SPARE: Final = 2
"""Empty rows below those that are filled in."""
_MORE: Final = 3


def sheet_page(
    request: Request, sheet: Sheet, name: str, *, before: Filled | None = None, attempt: Attempt | None = None
) -> Response:
    """The page of a long form. before: what was filled in when more rows were asked for.   attempt: what was refused."""
    if sheet.case.status != "open" and attempt is None:
        return RedirectResponse(f"/worklist/referrals/{sheet.referral.id}", status_code=303)
    platform: Platform = request.app.state.platform
    is_stale = attempt is not None and isinstance(attempt.problem, PreconditionFailed)
    sent = before if attempt is None else attempt.form
    kept = _kept(sheet, name) if sent is None else sent
    return page(
        request,
        LONG[name],
        **refused(attempt, shown=True, before=kept),
        **who(platform, sheet.referral),
        known=sheet,
        version=_version(sheet, name) if sent is None or is_stale else sent.get("version"),
        rows={part: _rows(kept, part, spare=0 if sent else _SPARE) for part in _ROWS},
        domains=list(enumerate(DOMAINS)),
        found=_found_before(sheet),
        is_stale=is_stale,
        options=sheet_options(),
        new_key=new_key,
        today=london_day(platform.clock()).isoformat(),
        **told(),
    )


def _kept(sheet: Sheet, name: str) -> dict[str, str]:
    """What the form holds when it is opened: the plan as it stands, since the next version is the whole plan again."""
    if name != "plan" or sheet.plan is None:
        return {}
    return plan_filled(sheet.plan.model_dump(mode="json", by_alias=True))


def _version(sheet: Sheet, name: str) -> str:
    if name != "plan":
        return str(sheet.case.version)
    return NONE_YET if sheet.plan is None else str(sheet.plan.version)


def _rows(form: Filled, part: str, *, spare: int) -> int:
    """How many rows of a part are shown: what is there, spare ones, and more where they are asked for."""
    least, most = _ROWS[part]
    more = _MORE if form.get("more") == part else 0
    return min(most, max(least, rows_of(form, part) + spare + more))


def _found_before(sheet: Sheet) -> dict[str, Any]:
    """What the newest assessment found, by domain."""
    return {} if sheet.assessment is None else {one.domain: one for one in sheet.assessment.domains}


def question_page(
    request: Request, referral: ReferralAnswer, onward: OnwardAnswer, *, attempt: Attempt | None = None
) -> Response:
    """What a partner was asked, and its answer or the form of one."""
    platform: Platform = request.app.state.platform
    reasons = reason_codes()
    awaited = onward.status in UNANSWERED
    return page(
        request,
        "question.jinja",
        **refused(attempt, shown=awaited),
        **who(platform, referral),
        onward=onward,
        awaited=awaited,
        titles={one.code: one.title for one in reasons},
        reasons=[(one.code, one.title) for one in reasons if "declined" in one.decisions],
        new_key=new_key,
        **told(),
    )


def merging_page(request: Request, same: Same, *, attempt: Attempt | None = None) -> Response:
    """The record beside others that may be of the same person, and the form by which it becomes part of one of them."""
    platform: Platform = request.app.state.platform
    records = (same.referral, *same.others)
    return page(
        request,
        "merging.jinja",
        **refused(attempt, shown=True),
        **who(platform, same.referral),
        known=same,
        records=records,
        names={one.id: name_of(one.patient.given, one.patient.family) for one in records},
        places={one.icc: place_name(platform, one.icc) for one in records},
        statuses=STATUSES,
        new_key=new_key,
        **told(),
    )


def sent_page(request: Request, referral_id: UUID, onward: OnwardAnswer) -> Response:
    """That a partner was asked, with the one-time link, which no other page tells."""
    return page(
        request,
        "sent.jinja",
        referral_id=referral_id,
        onward=onward,
        link=f"{origin_of(request)}{onward.link}",
        **told(),
    )
