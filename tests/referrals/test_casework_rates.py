"""The figures of casework that a day event makes: who is home in time, who is supported, what work communities had."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.referrals.facts import CASEWORK_DAY_TOPIC, TOPICS
from services.referrals.pathways.catalogue import catalogue
from services.referrals.snapshots.queries import rates_standing
from services.referrals.snapshots.rates import CASEWORK, months_made_anew
from services.trajectories.measures.catalogue import load_catalogue
from shared.facts.days import record_days
from shared.months import Month
from tests.referrals.acting import act, manager
from tests.referrals.builders import a_patient, a_referral
from tests.referrals.casework import ASSESSMENT, CONTACT, a_case, the_case, work, worked
from tests.referrals.counted import facts, published
from tests.referrals.moments import at, london
from tests.referrals.onward import partner, respond
from tests.support.running import Running

HOME, ASSESSED = "discharge-to-assess-home-rate", "discharge-to-assess-assessed-rate"
FALLS, HOT, EQUIPPED = "falls-supported-rate", "hot-work-on-icc-list-rate", "assistive-technology-started"
NUMBERS = ("9990000018", "9990000026", "9990000034", "9990000042", "9990000050")


async def _rates(service: Running, measure: str, moment: datetime) -> dict[tuple[str, str], Any]:
    """(place, month) → numerator and denominator as the day of an instant would count them, by sex where there are lines."""
    async with service.platform.transaction() as session:
        found = await rates_standing(session, at=moment, day=moment.date())
    return {
        (one.place, one.month): (one.numerator, one.denominator)
        for one in found
        if one.measure == measure and (one.line.startswith("sex=") or not one.line)
    }


async def _discharged(service: Running, number: str, received: str = "2026-07-06") -> dict[str, Any]:
    """A case of somebody whom a hospital sends home to be assessed there."""
    with at(service, london(received)):
        document = a_referral(
            patient=a_patient(nhs_number=number),
            pathway="discharge-to-assess",
            referred_at=f"{received}T08:00:00+01:00",
        )
        return await a_case(service, document, community="*")


async def _stay(service: Running, case: dict[str, Any], *, until: datetime | None) -> None:
    """Say that the person is in hospital from the moment of the referral on, and no more after another."""
    by, one = manager(service, "*"), {"id": case["referral_id"]}
    for moment, what in ((london("2026-07-06", "10:01"), "pause"), (until, "resume")):
        if moment is not None:
            with at(service, moment):
                referral = await service.client.get(f"/v1/referrals/{one['id']}", headers=by)
                done = await act(service, referral.json(), what, {"reason": "in-hospital"}, by=by)
            assert done.status_code == 200, done.text


async def test_who_is_home_within_a_day_and_assessed_within_two_more(referrals: Running) -> None:
    by = manager(referrals, "*")

    async def visit(case: dict[str, Any], moment: str) -> None:
        with at(referrals, london("2026-07-20")):
            made = await work(referrals, case, "contacts", {**CONTACT, "at": f"{moment}+01:00"}, by=by)
        assert made.status_code == 201, made.text

    async def assess(case: dict[str, Any], day: str) -> None:
        with at(referrals, london("2026-07-20")):
            fresh = await the_case(referrals, case["id"], by=by)
            made = await work(referrals, fresh, "assessments", {**ASSESSMENT, "assessed_on": day}, by=by)
        assert made.status_code == 201, made.text

    quick, late, visited, inside, never = [await _discharged(referrals, number) for number in NUMBERS]
    await _stay(referrals, quick, until=london("2026-07-07", "09:59"))
    await assess(quick, "2026-07-09")
    await _stay(referrals, late, until=london("2026-07-07", "10:01"))
    await assess(late, "2026-07-10")
    await visit(visited, "2026-07-06T18:00:00")
    await assess(visited, "2026-07-06")
    await _stay(referrals, inside, until=None)
    await visit(inside, "2026-07-06T18:00:00")  # on the ward
    await assess(never, "2026-07-07")  # nobody knows that they are home
    month = ("kendal", "2026-07-01")
    assert await _rates(referrals, HOME, london("2026-07-07", "09:59")) == {}
    assert await _rates(referrals, HOME, london("2026-07-08")) == {month: (2, 5)}
    assert await _rates(referrals, ASSESSED, london("2026-07-09", "09:59")) == {}
    assert await _rates(referrals, ASSESSED, london("2026-07-20")) == {month: (2, 5)}
    assert await _rates(referrals, HOME, london("2026-08-31")) == {month: (2, 5)}
    assert await _rates(referrals, HOME, london("2026-09-01")) == {}


async def test_who_is_at_risk_of_falling_is_supported_by_a_service_or_the_pathway_in_time(
    referrals: Running,
) -> None:
    cases = []
    for number in NUMBERS:
        with at(referrals, london("2026-07-01")):
            case = await a_case(referrals, a_referral(patient=a_patient(nhs_number=number)))
            cases.append(
                await worked(referrals, case, "assessments", {**ASSESSMENT, "assessed_on": "2026-07-01"})
            )
    asked, late, declined, pathway, befriended = cases

    async def ask(case: dict[str, Any], service: str, moment: datetime) -> dict[str, Any]:
        with at(referrals, moment):
            sent = await work(
                referrals, case, "onward-referrals", {"service": service, "reason": "Her balance"}
            )
        assert sent.status_code == 201, sent.text
        onward: dict[str, Any] = sent.json()
        return onward

    await ask(asked, "physiotherapy", london("2026-07-29"))
    await ask(late, "physiotherapy", london("2026-07-30"))
    refused = await ask(declined, "telecare", london("2026-07-02"))
    await respond(referrals, refused, {"status": "declined"}, by=partner(referrals, "telecare"))
    await ask(befriended, "social-prescribing", london("2026-07-02"))
    with at(referrals, london("2026-07-10")):
        person = a_patient(nhs_number=NUMBERS[cases.index(pathway)])
        await a_case(referrals, a_referral(patient=person, pathway="falls-prevention"))
    assert await _rates(referrals, FALLS, london("2026-07-29")) == {}
    assert await _rates(referrals, FALLS, london("2026-07-30")) == {("kendal", "2026-07-01"): (2, 5)}


async def test_hot_work_on_a_communitys_own_list_is_counted_among_its_cases(referrals: Running) -> None:
    by, now = manager(referrals, "*"), datetime.now(UTC)
    await a_case(referrals)
    hot = await a_case(referrals, a_referral(pathway="urgent-response"), community="*")
    month = Month.of(now).first_day.isoformat()
    assert await _rates(referrals, HOT, now) == {("kendal", month): (0, 1)}
    kept = {"team": "kendal-icc", "reason": "Nobody else can"}
    moved = await work(referrals, hot, "transfer", kept, by=by)
    assert moved.status_code == 200, moved.text
    assert await _rates(referrals, HOT, now) == {("kendal", month): (1, 2)}


async def test_a_persons_first_item_is_counted_once_when_it_is_done(referrals: Running) -> None:
    now = datetime.now(UTC)
    case = await a_case(referrals)
    for service in ("telecare", "telecare", "physiotherapy"):
        fresh = await the_case(referrals, case["id"])
        sent = await work(referrals, fresh, "onward-referrals", {"service": service, "reason": "An alarm"})
        done = await respond(referrals, sent.json(), {"status": "completed"}, by=partner(referrals, service))
        assert done.status_code == 200, done.text
    await a_case(referrals, a_referral(patient=a_patient(nhs_number=NUMBERS[1])))
    month = Month.of(now).first_day.isoformat()
    assert await _rates(referrals, EQUIPPED, now) == {("kendal", month): (1, None)}


async def _day(service: Running, moment: datetime) -> None:
    """The day event of an instant, and what follows from it."""
    topics = [one for one in TOPICS if one.name == CASEWORK_DAY_TOPIC]
    async with service.platform.transaction() as session:
        await record_days(session, topics, now=moment)
    await service.work()


async def test_a_day_event_publishes_them_and_a_rebuild_says_the_same(referrals: Running) -> None:
    now = datetime.now(UTC)
    with at(referrals, now - timedelta(days=4)):
        referred = (now - timedelta(days=4, hours=1)).isoformat()
        document = a_referral(pathway="discharge-to-assess", referred_at=referred)
        await a_case(referrals, document, community="*")
    await a_case(referrals)
    await _day(referrals, now)
    wanted = {HOME, ASSESSED, HOT}
    before = [one for one in await published(referrals) if one[0] in wanted]
    assert {one[0] for one in before} == wanted
    await referrals.client.post("/v1/operations/facts/rebuild", headers=referrals.token("operator"))
    await referrals.work()
    assert [one for one in await published(referrals) if one[0] in wanted] == before


async def test_a_figure_whose_rows_are_gone_is_withdrawn_in_the_month_before_too(referrals: Running) -> None:
    now = datetime.now(UTC)
    last = Month.of(now) - 1
    moment = datetime(last.year, last.month, 15, 12, tzinfo=UTC)
    with at(referrals, moment):
        document = a_referral(
            pathway="discharge-to-assess", referred_at=(moment - timedelta(hours=1)).isoformat()
        )
        case = await a_case(referrals, document, community="*")
    await _day(referrals, now)

    async def standing() -> list[tuple[Any, ...]]:
        found = [
            one for one in await facts(referrals) if one["measure"] == HOME and "sex" in one["breakdowns"]
        ]
        return [(one["month"], one["numerator"], one["denominator"]) for one in found]

    assert await standing() == [(str(last), 0, 1)]
    by = manager(referrals, "*")
    referral = await referrals.client.get(f"/v1/referrals/{case['referral_id']}", headers=by)
    withdrawn = await act(referrals, referral.json(), "withdraw", {}, by=by)
    assert withdrawn.status_code == 200, withdrawn.text
    await referrals.rows("delete from fact_day")
    await _day(referrals, now)
    assert await standing() == [(str(last), 0, 1), (str(last), None, None)]


@pytest.mark.parametrize("measure", CASEWORK)
def test_the_report_declares_what_casework_counts(measure: str) -> None:
    declared = {one.key: one for one in load_catalogue()}[measure]
    assert declared.status == "live"
    assert months_made_anew(measure, date(2026, 7, 1))[0] == Month(2026, 7)


def test_hot_pathways_are_those_of_urgent_teams() -> None:
    assert {one.key for one in catalogue().pathways.values() if one.hot} >= {
        "urgent-response",
        "discharge-to-assess",
    }
