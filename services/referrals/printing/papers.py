"""What stands on a paper about a person, and in which order: flags first, then who it is, then its sections. Pure.

A paper is the content of `document.typ`: texts only, which the template shows as they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from services.referrals.assessments.schemas import AssessmentRead
from services.referrals.care_plans.schemas import CarePlanAnswer, CprAnswer
from services.referrals.cases.schemas import CaseAnswer
from services.referrals.identity.schemas import FlagAnswer
from services.referrals.printing.spelling import day, grouped, minute, words
from services.referrals.records.rules import name_of
from services.referrals.records.schemas import PatientAnswer, ReferralAnswer
from services.referrals.reviews.schemas import ReviewRead

Section = dict[str, Any]
NOBODY: Final = "Nobody named"
CPR_WORDS: Final = {
    "do-not-attempt": "Do NOT attempt cardiopulmonary resuscitation (CPR)",
    "attempt": "Attempt cardiopulmonary resuscitation (CPR)",
}
CPR_STAGES: Final = {
    "discussed": "Discussed. No form has been asked for: this paper is no valid form",
    "form-requested": "A form was asked for and is not complete: this paper is no valid form",
    "form-complete": "The form is complete. The form itself is what counts, not this paper",
}
CPR_FORMS: Final = {"dnacpr": "DNACPR", "respect": "ReSPECT"}


@dataclass(frozen=True, slots=True)
class Sent:
    """What was asked of a partner, and what came of it."""

    service: str
    name: str
    kind: str
    status: str
    sent_on: date
    answered_on: date | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """All that a document tells of a case.

    place, practice: names.   avoided: kind → how many, as staff judged.   plan: None where there is none.
    """

    case: CaseAnswer
    referral: ReferralAnswer
    place: str
    practice: str | None
    pathway: str
    plan: CarePlanAnswer | None = None
    assessments: Sequence[AssessmentRead] = ()
    reviews: Sequence[ReviewRead] = ()
    onward: Sequence[Sent] = ()
    avoided: dict[str, int] = field(default_factory=dict)


def plan_paper(told: Told, plan: CarePlanAnswer, *, printed_at: datetime) -> dict[str, Any]:
    """The care plan as a paper."""
    under = [
        f"{told.pathway} · {told.place}",
        f"Version {plan.version}, written by {plan.by} on {minute(plan.recorded_at)}",
        f"To be reviewed on {day(plan.review_on)}" if plan.review_on else "No review date is set",
    ]
    return {
        **_paper("Care plan", told, printed_at=printed_at, under=under),
        "notices": list(_notices(told, plan, today=printed_at.date())),
        "sections": [
            *_resuscitation(plan.cpr_recommendation),
            *_plan_sections(plan),
            _sharing(plan),
        ],
    }


def summary_paper(told: Told, *, printed_at: datetime) -> dict[str, Any]:
    """The discharge summary as a paper."""
    under = [
        f"{told.pathway} · {told.place}",
        f"On the caseload from {day(told.case.opened_at.date())} to {day(told.case.discharged_on)}",
    ]
    plan = told.plan
    return {
        **_paper("Discharge summary", told, printed_at=printed_at, under=under),
        "notices": [],
        "sections": [
            _outcome(told),
            *_resuscitation(None if plan is None else plan.cpr_recommendation),
            _why(told),
            *_findings(told.assessments),
            *_reviews(told.reviews),
            *_onward(told.onward),
            *([] if plan is None else _plan_sections(plan)),
        ],
    }


def _paper(title: str, told: Told, *, printed_at: datetime, under: list[str]) -> dict[str, Any]:
    patient = told.referral.patient
    known_by = grouped(patient.nhs_number)
    return {
        "title": title,
        "under": under,
        "flags": [[words(one.kind), one.text] for one in _shown_flags(patient.flags)],
        "person": {"name": name_of(patient.given, patient.family), "columns": _columns(told)},
        "footer": {
            "person": f"{name_of(patient.given, patient.family)} · NHS number {known_by} · {_born(patient)}",
            "printed": f"{title} as it stood on {minute(printed_at)}. Look in the record for what changed since.",
        },
    }


def _born(patient: PatientAnswer) -> str:
    return "birth date not known" if patient.birth_date is None else f"born {day(patient.birth_date)}"


def _shown_flags(flags: Sequence[FlagAnswer] | None) -> Sequence[FlagAnswer]:
    return flags or ()


def _columns(told: Told) -> list[list[list[str]]]:
    patient = told.referral.patient
    born = "not known" if patient.birth_date is None else day(patient.birth_date)
    if patient.birth_date_estimated:
        born += " (estimated)"
    who = [["NHS number", grouped(patient.nhs_number)], ["Born", born]]
    if patient.local_id:
        who.append(["Local number", patient.local_id])
    if told.practice:
        who.append(["GP practice", told.practice])
    reached = {
        "Postcode": patient.postcode,
        "Staying at": patient.staying_at,
        "Telephone": patient.phone,
        "E-mail": patient.email,
    }
    where = [[name, value] for name, value in reached.items() if value]
    return [who, where or [["Address", "not shown to this reader, or not known"]]]


def _notices(told: Told, plan: CarePlanAnswer, *, today: date) -> Iterator[str]:
    if told.case.status == "discharged":
        yield f"The case was discharged on {day(told.case.discharged_on)}: the plan is not kept up any more."
    if plan.review_on is not None and plan.review_on < today:
        yield f"The review of this plan has been due since {day(plan.review_on)}."


def _pairs(heading: str, rows: Sequence[tuple[str, str | None]], **more: Any) -> Section:
    shown = [[name, value] for name, value in rows if value]
    return {"heading": heading, "kind": "pairs", "rows": shown, **more}


def _text(heading: str, *lines: str, **more: Any) -> Section:
    return {"heading": heading, "kind": "text", "lines": list(lines), **more}


def _table(heading: str, widths: list[int], head: list[str], rows: list[list[str]]) -> Section:
    return {"heading": heading, "kind": "table", "widths": widths, "head": head, "rows": rows}


def _resuscitation(cpr: CprAnswer | None) -> list[Section]:
    if cpr is None:
        return []
    form = None if cpr.form is None else CPR_FORMS[cpr.form]
    completed = f"{cpr.completed_by}, {day(cpr.completed_on)}" if cpr.completed_by else None
    discussed = None if cpr.discussed_on is None else day(cpr.discussed_on)
    if discussed and cpr.discussed_with:
        discussed += f", with {cpr.discussed_with}"
    rows = [
        ("Recommendation", CPR_WORDS[cpr.recommendation]),
        ("Stage", CPR_STAGES[cpr.stage]),
        ("Form", form),
        ("Discussed", discussed),
        ("Completed by", completed),
        ("Kept at", cpr.kept_at),
    ]
    return [_pairs("Resuscitation", rows, boxed=True)]


def _plan_sections(plan: CarePlanAnswer) -> Iterator[Section]:
    if plan.goals:
        yield {
            "heading": "What matters to the person",
            "kind": "list",
            "items": [one.text for one in plan.goals],
        }
    if plan.actions:
        rows = [[one.text, one.owner or NOBODY, day(one.due_on)] for one in plan.actions]
        yield _table("What is done", [5, 2, 2], ["Action", "Who", "By when"], rows)
    if plan.advance_care_preferences:
        yield _text("Wishes for future care", *plan.advance_care_preferences.splitlines())
    if plan.contacts:
        rows = [
            [one.name, words(one.relationship) + (" (carer)" if one.carer else ""), one.phone or "–"]
            for one in plan.contacts
        ]
        yield _table("Whom to call", [3, 3, 3], ["Name", "Relationship", "Telephone"], rows)


def _sharing(plan: CarePlanAnswer) -> Section:
    agreed = "agrees" if plan.consent_to_share else "did NOT agree"
    return _text("Sharing", f"The person {agreed} that hospitals read this plan.")


def _outcome(told: Told) -> Section:
    outcome = told.case.outcome
    avoided = "; ".join(f"{words(kind)}: {count}" for kind, count in sorted(told.avoided.items()))
    rows = [
        ("Discharged on", day(told.case.discharged_on)),
        ("Outcome", None if outcome is None else words(outcome)),
        ("Avoided, as staff judged", avoided or None),
    ]
    return _pairs("How it ended", rows)


def _why(told: Told) -> Section:
    referral = told.referral
    sender = referral.requester
    by = sender.name or sender.ods or sender.partner or ("the person" if sender.self_referral else None)
    coded = f"{referral.reason_code} (SNOMED CT)" if referral.reason_code else None
    rows = [
        ("Referred on", day(referral.referred_at.date())),
        ("By", by),
        ("Reason", referral.reason),
        ("Code", coded),
    ]
    return _pairs("Why the person was referred", rows)


def _findings(assessments: Sequence[AssessmentRead]) -> Iterator[Section]:
    for one in assessments:
        rows = [
            [words(found.domain), words(found.risk) if found.risk else "–", found.findings]
            for found in one.domains
        ]
        heading = f"What was found on {day(one.assessed_on)} ({one.kind})"
        yield _table(heading, [2, 1, 5], ["Domain", "Risk", "Findings"], rows)


def _reviews(reviews: Sequence[ReviewRead]) -> Iterator[Section]:
    if reviews:
        rows = [[day(one.reviewed_on), one.summary] for one in reviews]
        yield _table("How it went on", [2, 6], ["Review", "Summary"], rows)


def _onward(onward: Sequence[Sent]) -> Iterator[Section]:
    if onward:
        rows = [
            [one.name, day(one.sent_on), words(one.status), one.outcome or day(one.answered_on)]
            for one in onward
        ]
        yield _table("Who else was asked", [3, 2, 2, 4], ["Service", "Asked on", "Status", "Answer"], rows)
