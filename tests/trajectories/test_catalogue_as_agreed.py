"""The shipped catalogue against what was agreed: every key with its source and the direction that is better."""

import pytest

from services.trajectories.measures.catalogue import Measure, load_catalogue

# Key, source, direction, as the communities agreed them for the performance report.
AGREED = [
    ("non-elective-admissions", "hospital activity", "decrease"),
    ("emergency-admissions", "hospital activity", "decrease"),
    ("emergency-frailty-admissions", "hospital activity", "decrease"),
    ("emergency-length-of-stay", "hospital activity", "decrease"),
    ("ed-attendances", "hospital activity", "decrease"),
    ("outpatient-first-attendances", "hospital activity", "neutral"),
    ("gp-appointments", "practice activity", "neutral"),
    ("registered", "list sizes", "neutral"),
    ("falls-admissions-65", "hospital activity", "decrease"),
    ("reablement-assessments", "council feed", "increase"),
    ("reablement-outcomes", "council feed", "neutral"),
    ("reablement-plan-rate", "council feed", "increase"),
    ("reablement-inappropriate-rate", "council feed", "decrease"),
    ("reablement-declined-rate", "council feed", "decrease"),
    ("route-not-recorded-rate", "council feed", "decrease"),
    ("reablement-no-ongoing-support-rate", "client-level data", "increase"),
    ("home-after-reablement-rate", "client-level data", "increase"),
    ("carers-identified", "council feed, casework", "increase"),
    ("carers-recognised", "council feed, casework", "increase"),
    ("carers-assessed", "council feed, casework", "increase"),
    ("carers-supported", "council feed, casework", "increase"),
    ("assistive-technology-started", "council feed, care-plan actions", "increase"),
    ("homeless-accommodated", "council feed", "neutral"),
    ("homeless-health-assessments", "council feed", "neutral"),
    ("referrals-received", "referrals", "neutral"),
    ("referrals-accepted", "referrals", "neutral"),
    ("triage-within-standard", "referrals", "increase"),
    ("worklist-waiting", "referrals", "decrease"),
    ("worklist-overdue", "referrals", "decrease"),
    ("hot-work-on-icc-list-rate", "referrals", "decrease"),
    ("urgent-response-2h-rate", "referrals", "increase"),
    ("discharge-to-assess-home-rate", "referrals", "increase"),
    ("discharge-to-assess-assessed-rate", "referrals", "increase"),
    ("care-plan-coverage", "referrals", "increase"),
    ("care-plan-quality-rate", "referrals", "increase"),
    ("care-plan-audited-rate", "referrals", "increase"),
    ("care-plan-seen-rate", "referrals", "increase"),
    ("onward-referrals-completed-rate", "referrals", "increase"),
    ("falls-identified", "referrals", "increase"),
    ("falls-supported-rate", "referrals", "increase"),
    ("avoided-activity", "referrals, programmes", "increase"),
    ("mdt-discussions", "referrals", "neutral"),
    ("mdt-actions-on-time-rate", "referrals", "increase"),
    ("mdt-sectors-present", "referrals", "increase"),
    ("mdt-benefit-rate", "referrals", "increase"),
    ("team-functioning-mean", "outcomes", "increase"),
    ("team-established-rate", "plans", "increase"),
    ("pam-first-level", "outcomes", "neutral"),
    ("pam-repeat-level", "outcomes", "neutral"),
    ("pam-reassessed-rate", "outcomes", "increase"),
    ("pam-improved-rate", "outcomes", "increase"),
    ("wellbeing-mean-change", "outcomes", "increase"),
    ("wellbeing-improved-rate", "outcomes", "increase"),
    ("loneliness-improved-rate", "outcomes", "increase"),
    ("hba1c-target-met-rate", "outcomes", "increase"),
    ("hypoglycaemia-rate", "outcomes", "decrease"),
    ("programme-attendance", "outcomes", "increase"),
    ("training-completed", "referrals", "increase"),
    ("health-check-finding-rate", "referrals", "increase"),
    ("schools-reached-rate", "referrals", "increase"),
    ("care-homes-e-referring-rate", "referrals", "increase"),
    ("partners-active-rate", "referrals", "increase"),
    ("events-held", "referrals", "increase"),
]
STAGES = (
    "triage",
    "information",
    "first-contact",
    "assessment",
    "care-plan",
    "onward-answer",
    "review",
    "repeat-measure",
    "mdt-action",
    "alert",
)
MEETINGS = (
    "frailty",
    "mental-health",
    "children",
    "diabetes",
    "respiratory",
    "complex-families",
    "homelessness",
)
PER_1000 = ("ed-attendances", "outpatient-first-attendances", "gp-appointments", "falls-admissions-65")
AGES = ("0-4", "5-17", "18-24", "25-64", "65-74", "75-84", "85-and-over", "unknown")


def shipped(key: str) -> Measure:
    measure = load_catalogue().get(key)
    assert measure is not None, key
    return measure


def test_every_agreed_measure_has_its_source_and_direction() -> None:
    assert [(one.key, one.source, one.direction) for one in load_catalogue()] == AGREED


@pytest.mark.parametrize("key", ["worklist-waiting", "worklist-overdue"])
def test_worklists_have_every_stage_and_no_month_is_added(key: str) -> None:
    measure = shipped(key)
    assert (measure.breakdowns["stage"], measure.rollup, measure.direction) == (STAGES, "latest", "decrease")


def test_discussions_have_every_kind_of_meeting() -> None:
    assert shipped("mdt-discussions").breakdowns["kind"] == MEETINGS


def test_an_urgent_response_is_timed_from_receipt() -> None:
    assert "received_at" in shipped("urgent-response-2h-rate").numerator
    assert "received from 08:00 to 20:00" in str(shipped("urgent-response-2h-rate").denominator)


@pytest.mark.parametrize("key", PER_1000)
def test_everything_per_1000_divides_by_the_mean_of_the_months(key: str) -> None:
    assert (shipped(key).per, shipped(key).denominator_over_months) == (1000, "mean")


@pytest.mark.parametrize("key", ["registered", *PER_1000[:3]])
def test_activity_and_lists_have_the_bands_of_age(key: str) -> None:
    assert shipped(key).breakdowns["age"] == AGES


def test_people_registered_are_never_added_over_months() -> None:
    assert shipped("registered").rollup == "mean"


def test_plans_audited_look_back_over_a_year() -> None:
    assert (shipped("care-plan-audited-rate").look_back_months, shipped("care-plan-audited-rate").rollup) == (
        12,
        "latest",
    )


@pytest.mark.parametrize("key", ["carers-identified", "carers-supported", "assistive-technology-started"])
def test_people_known_to_a_council_and_to_casework_are_the_councils(key: str) -> None:
    assert shipped(key).headline_source == "council"


def test_a_change_of_wellbeing_is_in_hundredths_and_may_be_below_0() -> None:
    assert (shipped("wellbeing-mean-change").scale, shipped("wellbeing-mean-change").signed) == (100, True)
