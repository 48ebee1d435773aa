"""`POST /v1/referrals`: what is stored and answered, and who may refer, over HTTP and a real PostgreSQL."""

import json
from typing import Any
from uuid import uuid4

import pytest

from services.referrals.intake.schemas import Patient, ReferralRequest, Requester
from tests.referrals.builders import EAST_PRACTICE, KENDAL_PRACTICE, SECRETS, a_patient, a_referral, keyed
from tests.support.running import Running


async def test_a_referral_is_routed_stored_and_acknowledged(
    referrals: Running, practice: dict[str, str]
) -> None:
    answer = await referrals.client.post("/v1/referrals", json=a_referral(), headers=keyed(practice))
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert answer.headers["Location"] == f"/v1/referrals/{body['id']}"
    assert answer.headers["ETag"] == 'W/"1"'
    assert (body["status"], body["icc"], body["team"]) == ("received", "kendal", "kendal-icc")
    assert (body["identity"], body["version"], body["case_id"]) == ("nhs-number", 1, None)
    assert "possible_duplicate_of" not in body
    counts = {
        table: (await referrals.rows(f"select count(*) from {table}"))[0][0]  # noqa: S608 - names of this test
        for table in ("referral", "referral_event", "idempotency", "fact_event", "referral_message")
    }
    assert counts == {
        "referral": 1,
        "referral_event": 1,
        "idempotency": 1,
        "fact_event": 1,
        "referral_message": 0,
    }
    audited = await referrals.rows("select event, outcome, org, resource_id from audit")
    assert [tuple(row) for row in audited] == [("referral.received", "success", KENDAL_PRACTICE, body["id"])]


async def test_nothing_that_identifies_the_person_is_stored_in_the_clear(
    referrals: Running, practice: dict[str, str]
) -> None:
    document = a_referral(
        message_id=str(uuid4()), patient=a_patient(staying_at="LA14 1LF", email="kathy@example.org")
    )
    answer = await referrals.client.post("/v1/referrals", json=document, headers=keyed(practice))
    assert answer.status_code == 201
    await referrals.client.get(answer.headers["Location"], headers=practice)
    await referrals.work()
    tables = await referrals.rows("select tablename from pg_tables where schemaname = 'public'")
    stored = {
        name: " ".join(row[0] for row in await referrals.rows(f'select t::text from "{name}" t'))  # noqa: S608 - from the catalogue
        for (name,) in tables
    }
    assert "kendal" in stored["referral"]
    for name, content in stored.items():
        for secret in (*SECRETS, "LA14 1LF", "kathy@example.org"):
            assert secret not in content, name
            assert secret.encode().hex() not in content, name


async def test_an_open_referral_of_the_same_person_is_named_to_those_who_may_read_it(
    referrals: Running, practice: dict[str, str]
) -> None:
    other = referrals.token("practice-system", org=EAST_PRACTICE)
    elsewhere = a_referral(
        patient=a_patient(registered_practice=EAST_PRACTICE), requester={"ods": EAST_PRACTICE}
    )
    foreign = await referrals.client.post("/v1/referrals", json=elsewhere, headers=keyed(other))
    headers = keyed(practice)
    second = await referrals.client.post("/v1/referrals", json=a_referral(), headers=headers)
    third = await referrals.client.post("/v1/referrals", json=a_referral(), headers=keyed(practice))
    replay = await referrals.client.post("/v1/referrals", json=a_referral(), headers=headers)
    assert "possible_duplicate_of" not in foreign.json()
    assert "possible_duplicate_of" not in second.json()
    assert third.json()["possible_duplicate_of"] == second.json()["id"]
    assert replay.content == second.content


async def test_a_foreign_referral_in_between_hides_no_duplicate(
    referrals: Running, practice: dict[str, str]
) -> None:
    other = referrals.token("practice-system", org=EAST_PRACTICE)
    elsewhere = a_referral(
        patient=a_patient(registered_practice=EAST_PRACTICE), requester={"ods": EAST_PRACTICE}
    )
    first = await referrals.client.post("/v1/referrals", json=a_referral(), headers=keyed(practice))
    await referrals.client.post("/v1/referrals", json=elsewhere, headers=keyed(other))
    third = await referrals.client.post("/v1/referrals", json=a_referral(), headers=keyed(practice))
    assert third.json()["possible_duplicate_of"] == first.json()["id"]


async def test_every_optional_member_is_accepted(referrals: Running, practice: dict[str, str]) -> None:
    person = a_patient(
        ethnicity="A",
        accommodation="sheltered housing",
        staying_at="la9 4je",
        birth_date_estimated=True,
        email="k@example.org",
    )
    document = a_referral(patient=person, ethnicity="A", icc="kendal", message_id="m-1")
    document["patient"]["nhs_number"] = "999 000 0018"
    content = json.dumps({**document, "icc": None, "reason": None})
    headers = {**keyed(practice), "Content-Type": "application/json"}
    answer = await referrals.client.post("/v1/referrals", content=content, headers=headers)
    assert answer.status_code == 201, answer.text


async def test_null_is_the_same_as_left_out_for_every_optional_member(
    referrals: Running, practice: dict[str, str]
) -> None:
    optional = {
        part: [name for name, field in model.model_json_schema()["properties"].items() if "default" in field]
        for part, model in (("patient", Patient), ("requester", Requester), (None, ReferralRequest))
    }
    document = a_referral()
    for part, names in optional.items():
        members = document if part is None else document[part]
        members |= {name: None for name in names if name not in members}
    assert (document["patient"]["birth_date_estimated"], document["requester"]["self"]) == (None, None)
    answer = await referrals.client.post("/v1/referrals", json=document, headers=keyed(practice))
    assert answer.status_code == 201, answer.text
    read = (await referrals.client.get(answer.headers["Location"], headers=practice)).json()
    assert read["patient"]["birth_date_estimated"] is False


@pytest.mark.parametrize(
    ("role", "org", "requester", "status"),
    [
        ("hospital-system", "RTX", {"ods": "RTX"}, 201),
        ("hospital-system", "RTX", {"ods": KENDAL_PRACTICE}, 422),
        ("partner", "age-uk", {"partner": "age-uk"}, 201),
        ("partner", "age-uk", {"self": True}, 201),
        ("analyst", None, {"self": True}, 403),
        ("case-manager", "kendal-icc", {"partner": "kendal-icc"}, 403),
    ],
)
async def test_who_may_refer(
    referrals: Running, role: str, org: str | None, requester: dict[str, Any], status: int
) -> None:
    headers = keyed(referrals.token(role, org=org))
    answer = await referrals.client.post(
        "/v1/referrals", json=a_referral(requester=requester), headers=headers
    )
    assert answer.status_code == status, answer.text
