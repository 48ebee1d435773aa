"""Lists become cohorts that name nobody; sent again they update; who the people are only their practice learns."""

from typing import Any

import httpx
import pytest

from shared.nhs_numbers import nhs_check_digit
from tests.referrals.acting import a_key, holds, manager
from tests.referrals.builders import EAST_PRACTICE, KENDAL_PRACTICE
from tests.support.running import Running

HEAD = "nhs_number,practice,score,instrument,measured_on,postcode"
SCORES = ("0.05", "0.2", "0.3", "0.5")


def numbers(count: int) -> list[str]:
    """NHS numbers of the range kept for tests."""
    found: list[str] = []
    nine = 999_100_000
    while len(found) < count:
        digit = nhs_check_digit(f"{nine}")
        if digit is not None:
            found.append(f"{nine}{digit}")
        nine += 1
    return found


def a_row(number: str, **changes: str) -> str:
    """A row of somebody with severe frailty in Kendal."""
    row = {
        "practice": KENDAL_PRACTICE,
        "score": "0.4",
        "instrument": "efi",
        "measured_on": "2026-06-01",
        "postcode": "LA9 4JE",
        **changes,
    }
    return ",".join((number, *row.values()))


def practice(service: Running, org: str = KENDAL_PRACTICE) -> dict[str, str]:
    """The headers of a practice's system."""
    return service.token("practice-system", org=org)


async def send(
    service: Running,
    rows: list[str],
    *,
    by: dict[str, str] | None = None,
    query: str = "",
    key: str | None = None,
) -> httpx.Response:
    """POST a list."""
    headers = {**(by or practice(service)), "Idempotency-Key": key or a_key(), "Content-Type": "text/csv"}
    content = "\n".join((HEAD, *rows)).encode()
    return await service.client.post(f"/v1/case-finding/lists{query}", content=content, headers=headers)


async def taken(service: Running, rows: list[str], **given: Any) -> dict[str, Any]:
    """A list that was taken."""
    answer = await send(service, rows, **given)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def read(
    service: Running, cohort: dict[str, Any], query: str = "", *, by: dict[str, str] | None = None
) -> Any:
    """A cohort as somebody reads it."""
    url = f"/v1/case-finding/cohorts/{cohort['id']}{query}"
    answer = await service.client.get(url, headers=by or practice(service))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_list_becomes_a_cohort_by_band(referrals: Running) -> None:
    rows = [a_row(one, score=score) for one, score in zip(numbers(4), SCORES, strict=True)]
    told = await taken(referrals, [*rows, a_row("9990000019")])
    assert (told["rows"], told["added"], told["updated"], told["unchanged"]) == (5, 4, 0, 0)
    assert [(one["row"], one["code"]) for one in told["quarantined"]] == [(6, "nhs_number.checksum")]
    assert told["cohort"]["counts"] == {"fit": 1, "mild": 1, "moderate": 1, "severe": 1}
    cohort = await read(referrals, told["cohort"])
    pseudonyms = {referrals.platform.keyring.pseudonym(one) for one in numbers(4)}
    assert {one["pseudonym"] for one in cohort["items"]} == pseudonyms
    told_of_each = {"id", "pseudonym", "practice", "icc", "instrument", "band", "measured_on", "status"}
    assert set(cohort["items"][0]) == told_of_each
    severe = await read(referrals, told["cohort"], "?band=severe")
    assert (len(severe["items"]), severe["counts"]["severe"], severe["counts"]["mild"]) == (1, 1, 0)


async def test_a_list_sent_again_updates_and_never_doubles(referrals: Running) -> None:
    one, other, third = numbers(3)
    first = await taken(referrals, [a_row(one), a_row(other)])
    changed = a_row(other, score="0.1", measured_on="2026-06-02")
    again = await taken(referrals, [a_row(one), changed, a_row(third)])
    assert again["cohort"]["id"] == first["cohort"]["id"]
    assert (again["added"], again["updated"], again["unchanged"]) == (1, 1, 1)
    assert again["cohort"]["counts"] == {"fit": 1, "mild": 0, "moderate": 0, "severe": 2}
    older = await taken(referrals, [a_row(other, score="0.9", measured_on="2026-05-01")])
    assert (older["updated"], older["cohort"]["counts"]["fit"]) == (0, 1)
    pseudonym = referrals.platform.keyring.pseudonym(other)
    named = (
        f"pseudonym,practice,score,instrument,measured_on\n{pseudonym},{KENDAL_PRACTICE},0.3,efi,2026-06-03"
    )
    headers = {**practice(referrals), "Idempotency-Key": a_key(), "Content-Type": "text/csv"}
    by_name = await referrals.client.post("/v1/case-finding/lists", content=named, headers=headers)
    assert (by_name.json()["updated"], by_name.json()["cohort"]["counts"]["moderate"]) == (1, 1)
    assert len(await referrals.rows("select 1 from case_finding_member")) == 3
    apart = await taken(referrals, [a_row(one)], query="?cohort=flood")
    assert (apart["added"], apart["cohort"]["name"]) == (1, "flood")


async def test_a_repeat_under_one_key_takes_one_list(referrals: Running) -> None:
    key, rows = a_key(), [a_row(one) for one in numbers(2)]
    first = await send(referrals, rows, key=key)
    again = await send(referrals, rows, key=key)
    assert (again.status_code, again.content) == (201, first.content)
    other = await send(referrals, rows[:1], key=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.body_mismatch")
    assert len(await referrals.rows("select 1 from case_finding_list")) == 1


async def test_an_incident_finds_those_of_a_postcode(referrals: Running) -> None:
    where = ("LA9 4JE", "LA9 4AB", "LA9 7QQ", "LA12 8AA")
    rows = [a_row(one, postcode=code) for one, code in zip(numbers(4), where, strict=True)]
    cohort = (await taken(referrals, rows))["cohort"]
    for area, count in (("LA9", 3), ("LA9%204", 2), ("LA12", 1), ("LA1", 0)):
        found = await read(referrals, cohort, f"?postcode_area={area}")
        assert (len(found["items"]), sum(found["counts"].values())) == (count, count)
    page = await read(referrals, cohort, "?limit=3")
    rest = await read(referrals, cohort, f"?limit=3&cursor={page['next']}")
    assert len({one["id"] for one in (*page["items"], *rest["items"])}) == 4


async def test_a_practice_learns_who_its_own_people_are_and_nobody_elses(referrals: Running) -> None:
    mine, theirs = numbers(2)
    both = [a_row(mine), a_row(theirs, practice=EAST_PRACTICE)]
    cohort = (await taken(referrals, both, by=manager(referrals, "kendal", "east")))["cohort"]
    found = await read(referrals, cohort, by=manager(referrals, "kendal", "east"))
    by_practice = {one["practice"]: one["id"] for one in found["items"]}
    url = f"/v1/case-finding/cohorts/{cohort['id']}/reidentify"

    async def ask(by: dict[str, str], *practices: str) -> httpx.Response:
        body = {"members": [by_practice[one] for one in practices]}
        return await referrals.client.post(url, json=body, headers=by)

    own = await ask(practice(referrals), KENDAL_PRACTICE)
    assert own.json() == {"items": [{"id": by_practice[KENDAL_PRACTICE], "nhs_number": mine}]}
    assert (await ask(practice(referrals), EAST_PRACTICE)).status_code == 404
    assert (await ask(practice(referrals), KENDAL_PRACTICE, EAST_PRACTICE)).status_code == 404
    assert (await ask(practice(referrals, EAST_PRACTICE), EAST_PRACTICE)).json()["items"][0][
        "nhs_number"
    ] == theirs
    assert (await ask(manager(referrals, "*"), KENDAL_PRACTICE)).status_code == 403
    assert [one["practice"] for one in (await read(referrals, cohort))["items"]] == [KENDAL_PRACTICE]
    told = await referrals.rows(
        "select 1 from audit where event = 'cohort.reidentified' and person_key is not null"
    )
    assert len(told) == 2
    stranger = manager(referrals, "barrow")
    foreign = await referrals.client.get(f"/v1/case-finding/cohorts/{cohort['id']}", headers=stranger)
    assert foreign.status_code == 404


async def test_nobody_lists_the_people_of_others(referrals: Running) -> None:
    one, other = numbers(2)
    told = await taken(referrals, [a_row(one), a_row(other, practice=EAST_PRACTICE)])
    assert [(bad["row"], bad["code"], bad["column"]) for bad in told["quarantined"]] == [
        (3, "row.out_of_scope", "practice")
    ]
    assert (
        await send(referrals, [a_row(one)], by=referrals.token("partner", org="age-uk"))
    ).status_code == 403
    assert (await send(referrals, [a_row(one)], by=referrals.token("case-manager"))).status_code == 403


async def test_no_number_stands_anywhere_in_the_clear(referrals: Running) -> None:
    (one,) = numbers(1)
    await taken(referrals, [a_row(one), a_row("9990000019")])
    kept = await referrals.rows(
        "select m::text as row from case_finding_member m union all select l::text from case_finding_list l"
        " union all select a::text from audit a union all select k::text from idempotency k"
    )
    assert len(kept) >= 4
    assert not [row for row in kept for word in (one, "9990000019", "LA9 4JE") if holds(row["row"], word)]


@pytest.mark.parametrize("cohort", ["9990000018", "falls-999-000-0018"])
async def test_no_number_names_a_cohort(referrals: Running, cohort: str) -> None:
    headers = {**practice(referrals), "Idempotency-Key": a_key(), "Content-Type": "text/csv"}
    url = f"/v1/case-finding/lists?cohort={cohort}"
    answer = await referrals.client.post(url, content=f"{HEAD}\n{a_row(*numbers(1))}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "query.pii_not_allowed")
    assert cohort not in answer.text
    assert await referrals.rows("select 1 from case_finding_cohort") == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "file.empty"),
        (HEAD, "file.no_rows"),
        ("name,practice\nx,y", "file.header_unknown"),
        (f"{HEAD}\n" + "\n".join(a_row("9990000019") for _ in range(11)), "nhs_number.checksum"),
    ],
)
async def test_a_file_that_is_no_list_is_refused_whole(referrals: Running, content: str, code: str) -> None:
    headers = {**practice(referrals), "Idempotency-Key": a_key(), "Content-Type": "text/csv"}
    answer = await referrals.client.post("/v1/case-finding/lists", content=content.encode(), headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
    assert await referrals.rows("select 1 from case_finding_cohort") == []


async def test_a_large_list_with_ten_bad_rows_is_taken_and_the_ten_are_named(referrals: Running) -> None:
    rows = [a_row(one) for one in numbers(5_000)]
    for place in range(10):
        rows[place * 500] = a_row("9990000019")
    told = await taken(referrals, rows)
    assert (told["added"], told["cohort"]["counts"]["severe"]) == (4_990, 4_990)
    assert [one["row"] for one in told["quarantined"]] == [place * 500 + 2 for place in range(10)]
    again = await taken(referrals, rows)
    assert (again["added"], again["updated"], again["unchanged"]) == (0, 0, 4_990)
