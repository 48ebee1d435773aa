"""How the page of a referral is told: its words, who may do what from it, and where what is next is done."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, get_args
from urllib.parse import urlencode

from fastapi import Request, Response

from services.referrals.assessments.rules import Risk
from services.referrals.care_plans.rules import Form, Recommendation, Stage
from services.referrals.cases.rules import OUTCOMES
from services.referrals.consents.rules import GIVERS, SCOPES
from services.referrals.contacts.rules import Kind, With
from services.referrals.contacts.rules import Outcome as ContactOutcome
from services.referrals.directory.rules import PartnerService
from services.referrals.discharges.rules import AVOIDED_KINDS, JUDGES
from services.referrals.identity.schemas import MOST_FLAGS, FlagKind
from services.referrals.meetings.rules import SELF_CARE
from services.referrals.pages.faults import Attempt, refused
from services.referrals.pages.record import WORK_CASES, Record, ToDo
from services.referrals.pages.rules import (
    FORM_OF,
    OPENED,
    STATES,
    STATUSES,
    TONES,
    WAYS,
    Done,
    day_words,
    event_words,
    moment_words,
    shown_flags,
    words,
)
from services.referrals.pages.saying import AUDITED, REACHED, ROWS_OF_AVOIDED
from services.referrals.pathways.catalogue import catalogue
from services.referrals.pathways.rules import PRIORITIES, UNROUTED
from services.referrals.records.rules import age_on, name_of
from services.referrals.records.schemas import ReferralAnswer
from services.referrals.records.scope import CREATE, UPDATE, WORK, iccs_under
from services.referrals.records.states import AWAITING_TRIAGE, DECLINED, OPEN_STATUSES
from services.referrals.repeat_measures.queries import STAGE as REPEAT_STAGE
from services.referrals.triage.reasons import reason_codes
from services.referrals.triage.rules import DECISIONS
from shared.auth.caller import Caller
from shared.months import LONDON, london_day
from shared.nhs_numbers import grouped_nhs_number
from shared.service.browsing.forms import Filled, new_key
from shared.service.browsing.frame import page
from shared.service.platform import Platform

ASKED: Final = "request-information"
BEFORE_WORK: Final = ("triage", "information", "first-contact")
"""The stages in which work has not started: later ones promise no start."""
PAUSES: Final = ("in-hospital", "person-asked")
"""Why clocks stand still as somebody says; while the sender is asked they do so by themselves."""
DONE: Final[Mapping[Done, str]] = {
    "triage": "The decision is recorded.",
    "assign": "The referral has changed hands.",
    "reply": "Your answer is sent.",
    "pause": "The clocks are paused.",
    "resume": "The clocks run again, from where they were paused.",
    "withdraw": "The referral is withdrawn.",
    "reopen": "The referral is taken up again.",
    "transfer": "The referral was transferred.",
    "contact": "The contact is recorded.",
    "assessment": "The assessment is recorded.",
    "plan": "The care plan is written.",
    "review": "The review is recorded.",
    "onward": "The partner is asked.",
    "answer": "The partner's answer is recorded.",
    "consent": "The consent is recorded.",
    "carer": "The carer is recorded.",
    "action": "The action is done.",
    "benefit": "What the discussion was good for is recorded.",
    "identify": "The NHS number is recorded.",
    "change": "The change is recorded.",
    "audit": "The audit is recorded.",
    "merge": "Two records became one: this is the one that stays.",
    "discharge": "The case is discharged.",
}


AUDIT_WORDS: Final[Mapping[str, str]] = {
    "goals": "It names the person's goals",
    "actions_owned": "Every action has somebody who does it",
    "preferences": "It says what the person wants if things get worse",
    "cpr_complete": "Its form about resuscitation is complete, where one is needed",
    "contacts": "It says who is to be called",
    "review_in_date": "Its review is not overdue",
    "shared": "It is shared with who needs it",
}
"""What an audit of a plan looks at."""


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


def who(platform: Platform, referral: ReferralAnswer) -> dict[str, Any]:
    """Whom a page is about."""
    patient = referral.patient
    return {
        "referral": referral,
        "patient": patient,
        "number": None if patient.nhs_number is None else grouped_nhs_number(patient.nhs_number),
        "name": name_of(patient.given, patient.family),
        "age": None
        if patient.birth_date is None
        else age_on(london_day(platform.clock()), patient.birth_date),
    }


def record_page(
    request: Request,
    record: Record,
    *,
    done: Done | None = None,
    opened: Done | None = None,
    attempt: Attempt | None = None,
) -> Response:
    """The page of a referral.

    done: what was just done to it.   opened: the form that somebody asked for, else that of what is next.
    attempt: what was refused, told beside its form.
    """
    platform: Platform = request.app.state.platform
    caller: Caller = request.state.caller
    offered = acts_offered(record, caller)
    lost = attempt is not None and attempt.act not in offered
    return page(
        request,
        "record.jinja",
        **refused(attempt, shown=not lost),
        **who(platform, record.referral),
        record=record,
        done=None if done is None else DONE.get(done),
        opened=_opened(record, opened, attempt),
        consent_for=_consent_lacks(attempt),
        written=_notes(attempt.form) if attempt is not None and lost else [],
        offered=offered,
        works=caller.has(WORK),
        starts=record.referral.status in OPEN_STATUSES and record.referral.stage in BEFORE_WORK,
        follows=done == "triage" and caller.has(WORK),
        sends=caller.has(CREATE),
        question=next((one.comment for one in record.history if one.decision == ASKED), None),
        way=partial(way_to, record, offered, measuring=_measuring(platform, caller)),
        **_of_forms(platform, record),
        standing=STATUSES[record.referral.status],
        place=place_name(platform, record.referral.icc),
        team=team_name(platform, record.referral.team),
        reasons={one.code: one.title for one in reason_codes()},
        **told(),
    )


def _of_forms(platform: Platform, record: Record) -> dict[str, Any]:
    """What the forms of a record are made of: choices, rows, and what stands in a form that nobody has filled in."""
    now = platform.clock()
    return {
        "options": options(platform, now),
        "services": services_offered(record.services),
        "shared_by_consent": [(one.key, one.name) for one in record.services if one.needs_consent],
        "names": {one.key: one.name for one in record.services},
        "rows_of_avoided": ROWS_OF_AVOIDED,
        "audited": [(one, AUDIT_WORDS[one]) for one in AUDITED],
        "reached_by": REACHED,
        "rows_of_flags": min(len(record.referral.patient.flags or ()) + 2, MOST_FLAGS),
        "new_key": new_key,
        "today": london_day(now).isoformat(),
        "now_local": f"{now.astimezone(LONDON):%Y-%m-%dT%H:%M}",
    }


def _opened(record: Record, asked: Done | None, attempt: Attempt | None) -> set[Done]:
    """The forms that stand open: what was refused and what it lacks, what was asked for, or that of what is next."""
    if attempt is not None:
        return {attempt.act, "consent"} if _consent_lacks(attempt) else {attempt.act}
    if asked is not None:
        return {asked}
    first = FORM_OF.get(record.to_do[0].stage) if record.to_do else None
    return set() if first is None else {first}


def _consent_lacks(attempt: Attempt | None) -> str:
    """The service for which a consent must be recorded before it is asked; nothing where none lacks."""
    lacks = attempt is not None and attempt.problem.code == "consent.required"
    return attempt.form.get("service", "") if attempt is not None and lacks else ""


def way_to(
    record: Record, offered: Sequence[Done], one: ToDo, *, measuring: str | None = None
) -> tuple[str, str] | None:
    """Where something to do is done, by address and words; None where no page does it. measuring: the page of measurements."""
    here, case_id = f"/worklist/referrals/{record.referral.id}", record.referral.case_id
    if one.subject is not None and "answer" in offered and one.stage in ("onward-answer", "alert"):
        declined = one.about == DECLINED
        if one.stage == "onward-answer" or declined:
            return f"{here}/onward/{one.subject}", "Read the answer" if declined else "Record the answer"
    if one.about == OPENED and record.case is not None:
        return f"{here}/cases/{case_id}/disclosures", "See who read it"
    if one.stage == REPEAT_STAGE and measuring is not None:
        return (
            f"{measuring}?{urlencode({'instrument': one.about, 'occasion': 'repeat'})}",
            "Record the measure",
        )
    act = FORM_OF.get(one.stage)
    if act is None or act not in offered:
        return None
    if act in ("assessment", "plan"):
        return f"{here}/cases/{case_id}/{act}", WAYS[act]
    return f"{here}?open={act}#{act}", WAYS[act]


def _measuring(platform: Platform, caller: Caller) -> str | None:
    """The page on which measurements are recorded, for who may, where it is known where browsers find it."""
    base = platform.settings.pages_url_of("outcomes")
    return None if base is None or not caller.has("measurements.write") else f"{base}/measure"


def acts_offered(record: Record, caller: Caller) -> list[Done]:
    """What the reader may do with the record as it stands."""
    found: list[Done] = []
    status = record.referral.status
    if caller.has(WORK):
        found += ["triage"] if status in AWAITING_TRIAGE else []
        found += ["assign", "transfer", "withdraw"] if status in OPEN_STATUSES else ["reopen"]
        found += ["change"]
        found += ["identify", "merge"] if "tracing" in record.flags else ["merge"]
        running = set(PAUSES) & set(record.flags)
        found += ["pause"] if status in OPEN_STATUSES and len(running) < len(PAUSES) else []
        found += ["resume"] if running else []
    if not caller.has(WORK) and (caller.has(CREATE) or caller.has(UPDATE)):
        found += ["reply"] if status == "information-requested" else []
        found += ["withdraw"] if status in OPEN_STATUSES else []
        found += ["change"]
    if caller.has(WORK_CASES) and record.case is not None and record.case.case.status == "open":
        found += ["contact", "assessment", "plan", "review", "onward", "consent", "carer", "discharge"]
        found += ["action"] if caller.has("mdt.write") else []
    if caller.has(WORK_CASES) and caller.has("onward.respond") and record.case is not None:
        found += ["audit"] if record.case.plan is not None else []
        found += ["answer"]  # what a partner was asked outlasts a discharge
    if caller.has("mdt.write") and record.case is not None:
        found += ["benefit"]  # it is asked three months after, when the case may have ended
    return found


def services_offered(services: Iterable[PartnerService]) -> list[tuple[str, str]]:
    """Whom a case may ask: (key, words), with what must be known before."""
    return [(one.key, f"{one.name} (consent first)" if one.needs_consent else one.name) for one in services]


def _notes(form: Filled) -> list[str]:
    """Notes that would be lost, since their form is not offered any more."""
    return [form[name] for name in ("comment", "note", "summary", "reason") if form.get(name)]


def options(platform: Platform, now: datetime) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen in the forms of a record: (code, words)."""
    registry = platform.registry
    iccs = iccs_under(registry.system, registry=registry, on=london_day(now))
    return {
        "reasons": [(one.code, one.title) for one in reason_codes() if set(one.decisions) & set(DECISIONS)],
        "withdrawals": [(one.code, one.title) for one in reason_codes() if "withdraw" in one.decisions],
        "pauses": named(PAUSES),
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
        "scopes": named(SCOPES),
        "givers": named(GIVERS),
        "self_care": named(SELF_CARE),
        "flags": named(get_args(FlagKind)),
        "checked": [
            ("pds", "The Personal Demographics Service"),
            ("card", "A card or letter of the person's"),
            ("other", "Elsewhere"),
        ],
    }


def sheet_options() -> dict[str, list[tuple[str, str]]]:
    """What can be chosen in the long forms."""
    return {
        "risks": named(get_args(Risk)),
        "recommendations": named(get_args(Recommendation)),
        "stages": named(get_args(Stage)),
        "forms": named(get_args(Form)),
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
