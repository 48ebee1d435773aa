"""A carer is a person of their own: recorded with their own consent, told to who works the case, counted once."""

from typing import Any

import httpx
import pytest

from shared.months import london_day
from tests.referrals.acting import a_key, holds, manager
from tests.referrals.counted import facts
from tests.referrals.onward import a_case, partner
from tests.support.running import Running

CARER = {
    "name": "Walter Archer",
    "relationship": "husband",
    "phone": "01539 722111",
    "consent": {"given_by": "self", "on": "2026-06-20"},
    "offered_assessment_on": "2026-06-21",
    "assessed_on": "2026-06-28",
}


async def record(
    service: Running,
    case: dict[str, Any],
    body: dict[str, Any],
    *,
    version: int = 1,
    by: dict[str, str] | None = None,
    key: str | None = None,
) -> httpx.Response:
    headers = {**(by or manager(service)), "Idempotency-Key": key or a_key(), "If-Match": f'W/"{version}"'}
    return await service.client.post(f"/v1/cases/{case['case_id']}/carers", json=body, headers=headers)


async def test_a_carer_is_recorded_and_read_again(referrals: Running) -> None:
    case = await a_case(referrals)
    answer = await record(referrals, case, CARER)
    assert (answer.status_code, answer.headers["etag"]) == (201, 'W/"2"')
    told = answer.json()
    assert {name: told[name] for name in CARER} == CARER
    plain = {"name": "Ann Bell", "relationship": "neighbour", "consent": CARER["consent"]}
    assert (await record(referrals, case, plain, version=2)).status_code == 201
    read = await referrals.client.get(f"/v1/cases/{case['case_id']}/carers", headers=manager(referrals))
    assert [one["name"] for one in read.json()["items"]] == ["Walter Archer", "Ann Bell"]
    assert read.json()["items"][0] == {name: told[name] for name in told if name != "version"}


async def test_nothing_of_a_carer_is_kept_in_the_clear(referrals: Running) -> None:
    await record(referrals, await a_case(referrals), CARER)
    kept = await referrals.rows(
        "select c::text as row from carer c union all select e::text from referral_event e"
        " union all select a::text from audit a union all select k::text from idempotency k"
    )
    assert len(kept) >= 4
    assert not [row for row in kept for word in ("Walter", "husband", "01539") if holds(row["row"], word)]


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"name": None}, "body.type", "/name"),
        ({"name": " "}, "text.blank", "/name"),
        ({"phone": "call me"}, "phone.format", "/phone"),
        ({"consent": {"given_by": "neighbour", "on": "2026-06-20"}}, "enum", "/consent/given_by"),
        ({"consent": {"given_by": "self"}}, "body.required", "/consent/on"),
        ({"consent": {"given_by": "self", "on": "2999-01-01"}}, "date.future", "/consent/on"),
        ({"assessed_on": "2026-06-20"}, "date.order", "/assessed_on"),
        ({"age": 80}, "body.unknown_field", "/age"),
    ],
)
async def test_what_makes_no_carer_is_refused(
    referrals: Running, change: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await record(referrals, await a_case(referrals), {**CARER, **change})
    assert answer.status_code == 422
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, pointer)]
    assert await referrals.rows("select 1 from carer") == []


async def test_a_carer_is_recorded_on_the_cases_version_by_who_works_it(referrals: Running) -> None:
    case, key = await a_case(referrals), a_key()
    assert (await record(referrals, case, CARER, version=7)).status_code == 412
    assert (await record(referrals, case, CARER, by=manager(referrals, "barrow"))).status_code == 404
    assert (await record(referrals, case, CARER, by=partner(referrals, "telecare"))).status_code == 403
    first = await record(referrals, case, CARER, key=key)
    again = await record(referrals, case, CARER, key=key)
    assert (again.status_code, again.content) == (201, first.content)
    assert len(await referrals.rows("select 1 from carer")) == 1
    url = f"/v1/cases/{case['case_id']}/carers"
    assert (await referrals.client.get(url, headers=manager(referrals, "barrow"))).status_code == 404


async def test_carers_are_counted_where_the_case_is_and_a_rebuild_gives_the_same(referrals: Running) -> None:
    case = await a_case(referrals)
    await record(referrals, case, CARER)
    await record(referrals, case, {**CARER, "assessed_on": None}, version=2)
    await referrals.work()
    month = f"{london_day(referrals.platform.clock()):%Y-%m}"
    expected = {"carers-identified": ("kendal", month, 2), "carers-assessed": ("kendal", "2026-06", 1)}
    assert await _carers(referrals) == expected
    await referrals.client.post("/v1/operations/facts/rebuild", headers=referrals.token("operator"))
    await referrals.work()
    assert await _carers(referrals) == expected


async def _carers(service: Running) -> dict[str, tuple[Any, ...]]:
    return {
        fact["measure"]: (fact["place"], fact["month"], fact["numerator"])
        for fact in await facts(service)
        if fact["measure"].startswith("carers-")
    }
