"""`POST /v1/referrals`: numbers that are relied on, numbers that are traced, people without one."""

from typing import Any

from tests.referrals.builders import KENDAL_PRACTICE, a_patient, a_referral, keyed
from tests.support.databases import Databases
from tests.support.running import Running, running


async def test_a_person_without_a_number_is_taken_for_tracing(
    referrals: Running, practice: dict[str, str]
) -> None:
    person = a_patient(nhs_number=None, local_id="H-7", local_system="https://housing.example/person")
    answer = await referrals.client.post(
        "/v1/referrals", json=a_referral(patient=person), headers=keyed(practice)
    )
    assert (answer.status_code, answer.json()["identity"]) == (201, "tracing")


async def test_a_failing_number_goes_to_tracing_where_the_policy_says_so(
    databases: Databases, data_dir: Any
) -> None:
    async with (
        databases.lend("referrals") as url,
        running(
            "referrals", database_url=url, data_dir=data_dir, settings={"nhs_number_policy": "trace"}
        ) as service,
    ):
        practice = service.token("practice-system", org=KENDAL_PRACTICE)
        document = a_referral(patient=a_patient(nhs_number="9990000019"))
        answer = await service.client.post("/v1/referrals", json=document, headers=keyed(practice))
        shown = await service.client.get(answer.headers["Location"], headers=practice)
    assert (answer.status_code, answer.json()["identity"]) == (201, "tracing")
    assert shown.json()["patient"]["nhs_number"] == "9990000019"


async def test_test_numbers_are_refused_in_production(databases: Databases, data_dir: Any) -> None:
    async with databases.lend("referrals") as url:
        async with running("referrals", database_url=url, data_dir=data_dir) as service:
            practice = service.token("practice-system", org=KENDAL_PRACTICE)
        async with running(
            "referrals", database_url=url, data_dir=data_dir, settings={"environment": "production"}
        ) as service:
            answer = await service.client.post("/v1/referrals", json=a_referral(), headers=keyed(practice))
    assert (answer.status_code, answer.json()["code"]) == (422, "nhs_number.test_range")
