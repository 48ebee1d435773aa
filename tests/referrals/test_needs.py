"""The needs of a community: exact for who leads there, for others as published, once, when the quarter is over."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referrals.needs.rules import Counted, Needs, protected, shown
from shared.months import Month, financial_quarter, london_day
from tests.referrals.acting import a_key, act, manager
from tests.referrals.builders import a_patient, a_referral, keyed
from tests.referrals.test_case_finding import HEAD, a_row, numbers
from tests.support.running import Running

MILLOM = "A82033"


def lead(service: Running, community: str = "millom") -> dict[str, str]:
    """The headers of a development lead."""
    return service.token("development-lead", communities=(community,))


async def ask(service: Running, query: str = "", *, by: dict[str, str] | None = None) -> httpx.Response:
    """GET the needs of Millom."""
    return await service.client.get(f"/v1/needs/millom{query}", headers=by or lead(service))


def count(value: int | None) -> dict[str, Any]:
    """A count as it is told."""
    return {"value": value, "suppressed": value is None}


async def fill(service: Running, *, referred_at: str, measured_on: str, told_on: str) -> None:
    """Millom: eleven referrals on two pathways, ten accepted and one declined for want of room, a list of nine, and insights."""
    practice = service.token("practice-system", org=MILLOM)
    for place, number in enumerate(numbers(11)):
        body = a_referral(
            patient=a_patient(nhs_number=number, registered_practice=MILLOM, postcode="LA18 4JE"),
            requester={"ods": MILLOM, "role": "gp"},
            referred_at=referred_at,
            pathway="case-management" if place < 9 else "falls-prevention",
        )
        made = await service.client.post("/v1/referrals", json=body, headers=keyed(practice))
        assert made.status_code == 201, made.text
        decision = (
            {"decision": "reject", "reason_code": "no-capacity"} if place == 0 else {"decision": "accept"}
        )
        by = manager(service, "millom")
        assert (await act(service, made.json(), "triage", decision, by=by)).status_code == 200
    rows = [
        a_row(one, practice=MILLOM, score="0.4" if place else "0.05", measured_on=measured_on)
        for place, one in enumerate(numbers(9))
    ]
    headers = {**practice, "Idempotency-Key": a_key(), "Content-Type": "text/csv"}
    content = "\n".join((HEAD, *rows))
    sent = await service.client.post("/v1/case-finding/lists", content=content, headers=headers)
    assert sent.status_code == 201, sent.text
    for theme in ("transport", "transport", "smoking"):
        body = {"community": "millom", "on": told_on, "theme": theme, "text": "Said at the market"}
        made = await service.client.post("/v1/insights", json=body, headers=keyed(lead(service)))
        assert made.status_code == 201, made.text


async def test_the_own_lead_reads_exact_needs(referrals: Running) -> None:
    now = referrals.platform.clock()
    today = london_day(now)
    await fill(referrals, referred_at=now.isoformat(), measured_on=f"{today}", told_on=f"{today}")
    answer = await ask(referrals)
    assert answer.status_code == 200, answer.text
    needs = answer.json()
    assert (needs["icc"], needs["exact"], needs["published_at"]) == ("millom", True, None)
    assert needs["quarter"] == financial_quarter(Month.of(today)).label
    bands = {"fit": 1, "mild": 0, "moderate": 0, "severe": 8}
    assert needs["risk_bands"] == {band: count(value) for band, value in bands.items()}
    assert [(one["pathway"], one["value"]) for one in needs["pathways"]] == [
        ("case-management", 9),
        ("falls-prevention", 2),
    ]
    assert [(one["code"], one["value"]) for one in needs["reasons"]] == [("161898004", 11)]
    assert [(one["theme"], one["value"]) for one in needs["insights"]] == [("transport", 2), ("smoking", 1)]
    assert needs["waits"] == {"triaged": count(11), "in_time": count(11), "median_days": 0}
    assert needs["unmet"] == [{"kind": "pathway", "key": "case-management", **count(1)}]
    whole = await ask(referrals, by=referrals.token("analyst"))
    assert whole.json() == needs
    before = await ask(referrals, "?quarter=2019-20-Q4")
    assert (before.json()["pathways"], before.json()["waits"]["triaged"]) == ([], count(0))


async def test_another_communitys_lead_reads_what_was_published_once(referrals: Running) -> None:
    last = financial_quarter(Month.of(london_day(referrals.platform.clock()))).first - 1
    day = f"{last.first_day.replace(day=15)}"
    await fill(referrals, referred_at=f"{day}T10:00:00Z", measured_on=day, told_on=day)
    foreign = lead(referrals, "barrow")
    first = await ask(referrals, by=foreign)
    assert first.status_code == 200, first.text
    needs = first.json()
    assert (needs["exact"], needs["quarter"]) == (False, financial_quarter(last).label)
    assert needs["published_at"] is not None
    bands = {"fit": None, "mild": 0, "moderate": 0, "severe": 10}
    assert needs["risk_bands"] == {band: count(value) for band, value in bands.items()}
    assert [(one["pathway"], one["value"]) for one in needs["pathways"]] == [("case-management", 10)]
    assert [(one["code"], one["value"]) for one in needs["reasons"]] == [("161898004", 10)]
    assert (needs["insights"], needs["unmet"]) == ([], [])
    assert needs["waits"] == {"triaged": count(0), "in_time": count(0), "median_days": None}
    body = {"community": "millom", "on": day, "theme": "transport", "text": "Later"}
    for _ in range(9):
        await referrals.client.post("/v1/insights", json=body, headers=keyed(lead(referrals)))
    again = await ask(referrals, f"?quarter={needs['quarter']}", by=lead(referrals, "kendal"))
    assert again.json() == needs
    own = (await ask(referrals, f"?quarter={needs['quarter']}")).json()
    assert [(one["theme"], one["value"]) for one in own["insights"]] == [("transport", 11), ("smoking", 1)]


async def test_what_cannot_be_asked_is_refused(referrals: Running) -> None:
    quarter = financial_quarter(Month.of(london_day(referrals.platform.clock()))).label
    running = await ask(referrals, f"?quarter={quarter}", by=lead(referrals, "barrow"))
    assert (running.status_code, running.json()["errors"][0]["code"]) == (422, "query.fields")
    for text in ("2026", "2026-Q1", "2026-28-Q1", "2026-27", "2026-07", "2026-27-Q5"):
        answer = await ask(referrals, f"?quarter={text}")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "date.format"), text
    assert (await ask(referrals, by=referrals.token("dashboard"))).status_code == 403
    assert (await ask(referrals, by=manager(referrals, "millom"))).status_code == 403
    for icc, status in (
        ("atlantis", 404),
        ("south-cumbria", 404),
        ("bay", 422),
        ("A82033", 404),
        ("%00", 404),
    ):
        answer = await referrals.client.get(f"/v1/needs/{icc}", headers=lead(referrals))
        assert answer.status_code == status, icc


@pytest.mark.parametrize(
    ("exact", "told"),
    [(0, 0), (1, None), (7, None), (8, 10), (12, 10), (13, 15), (17, 15), (18, 20), (1000, 1000)],
)
def test_a_count_is_hidden_or_rounded(exact: int, told: int | None) -> None:
    assert shown(exact) == told


@given(counts=st.lists(st.integers(0, 40), max_size=30))
def test_a_published_list_tells_nothing_of_what_is_hidden(counts: list[int]) -> None:
    lines = [Counted((f"{place:02}",), one) for place, one in enumerate(counts)]
    needs = protected(Needs({}, lines, lines, lines, 9, 3, 4, lines))
    told = {one.of[0]: one.count for one in needs.pathways}
    assert all((f"{place:02}" in told) == (one >= 8) for place, one in enumerate(counts))
    assert [one.count for one in needs.pathways] == sorted(told.values(), reverse=True)  # type: ignore[type-var]  # none is hidden here
    assert (needs.triaged, needs.in_time, len(needs.reasons)) == (10, None, min(20, len(told)))
