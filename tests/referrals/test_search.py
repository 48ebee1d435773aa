"""Finding the referrals of one person, by an identifier in the body."""

from typing import Any

import pytest

from tests.referrals.builders import (
    EAST_PRACTICE,
    KENDAL_PRACTICE,
    a_patient,
    a_referral,
)
from tests.referrals.sending import post
from tests.support.databases import Databases
from tests.support.running import Running, running


async def test_a_person_is_found_by_number_or_local_identifier_in_the_body(referrals: Running) -> None:
    known = await post(referrals, a_referral())
    local = {"local_id": "H-7", "local_system": "https://housing.example/person"}
    traced = await post(referrals, a_referral(patient=a_patient(nhs_number=None, **local)))
    await post(referrals, a_referral(patient=a_patient(nhs_number="9990000026")))
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    other = referrals.token("practice-system", org=EAST_PRACTICE)
    searches = [
        (practice, {"nhs_number": "999 000 0018"}, [known["id"]]),
        (practice, local, [traced["id"]]),
        (practice, {**local, "local_system": "https://other.example"}, []),
        (other, {"nhs_number": "9990000018"}, []),
    ]
    for token, body, expected in searches:
        answer = await referrals.client.post("/v1/referrals/search", json=body, headers=token)
        assert answer.status_code == 200, answer.text
        assert [item["id"] for item in answer.json()["items"]] == expected
    audited = await referrals.rows(
        "select detail->>'rows', person_key is null from audit where event = 'referral.searched' order by txid"
    )
    assert [tuple(row) for row in audited] == [("1", False), ("1", True), ("0", True), ("0", False)]


async def test_all_referrals_of_a_person_are_found_page_by_page(referrals: Running) -> None:
    sent = [await post(referrals, a_referral()) for _ in range(5)]
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    body = {"nhs_number": "9990000018"}
    url, seen, cursors = "/v1/referrals/search?limit=2", [], []
    while url:
        answer = await referrals.client.post(url, json=body, headers=practice)
        assert answer.status_code == 200, answer.text
        seen.append([item["id"] for item in answer.json()["items"]])
        cursors.append(answer.json()["next"])
        url = cursors[-1] and f"/v1/referrals/search?limit=2&cursor={cursors[-1]}"
    newest_first = [item["id"] for item in reversed(sent)]
    assert seen == [newest_first[:2], newest_first[2:4], newest_first[4:]]

    audited = await referrals.rows(
        "select detail->'rows' from audit where event = 'referral.searched' order by txid"
    )
    assert [row[0] for row in audited] == ["2", "2", "1"]
    of_another = await referrals.client.post(
        f"/v1/referrals/search?cursor={cursors[0]}", json={"nhs_number": "9990000026"}, headers=practice
    )
    assert (of_another.status_code, of_another.json()["code"]) == (400, "query.cursor_filter_mismatch")
    in_the_list = await referrals.client.get(f"/v1/referrals?cursor={cursors[0]}", headers=practice)
    assert (in_the_list.status_code, in_the_list.json()["code"]) == (400, "query.cursor")


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "nhs_number.required", "/nhs_number"),
        ({"nhs_number": "9990000019"}, "nhs_number.checksum", "/nhs_number"),
        ({"local_id": "H-7"}, "body.required", "/local_system"),
        ({"name": "Archer"}, "body.unknown_field", "/name"),
    ],
)
async def test_a_search_for_nobody_is_refused(
    referrals: Running, body: dict[str, Any], code: str, pointer: str
) -> None:
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    answer = await referrals.client.post("/v1/referrals/search", json=body, headers=practice)
    assert answer.status_code == 422
    assert [(error["code"], error["pointer"]) for error in answer.json()["errors"]] == [(code, pointer)]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_a_person_is_searched_for_by_post_only(referrals: Running, method: str) -> None:
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    answer = await referrals.client.request(method, "/v1/referrals/search", headers=practice)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


async def test_a_failing_number_that_was_taken_for_tracing_is_found(
    databases: Databases, data_dir: Any
) -> None:
    async with (
        databases.lend("referrals") as url,
        running(
            "referrals", database_url=url, data_dir=data_dir, settings={"nhs_number_policy": "trace"}
        ) as service,
    ):
        failing = a_referral(patient=a_patient(nhs_number="347 852 6985"))
        sent = [await post(service, failing) for _ in range(2)]
        practice = service.token("practice-system", org=KENDAL_PRACTICE)
        for number in ("3478526985", "347-852-6985"):
            answer = await service.client.post(
                "/v1/referrals/search", json={"nhs_number": number}, headers=practice
            )
            found = [item["id"] for item in answer.json()["items"]]
            assert found == [receipt["id"] for receipt in reversed(sent)]
    # One number that fails may have been given to two people.
    assert not [receipt for receipt in sent if "possible_duplicate_of" in receipt]


async def test_a_test_number_that_came_before_production_is_found(
    databases: Databases, data_dir: Any
) -> None:
    async with databases.lend("referrals") as url:
        async with running("referrals", database_url=url, data_dir=data_dir) as service:
            sent = await post(service, a_referral())
        async with running(
            "referrals", database_url=url, data_dir=data_dir, settings={"environment": "production"}
        ) as service:
            answer = await service.client.post(
                "/v1/referrals/search",
                json={"nhs_number": "9990000018"},
                headers=service.token("practice-system", org=KENDAL_PRACTICE),
            )
    assert [item["id"] for item in answer.json()["items"]] == [sent["id"]]
