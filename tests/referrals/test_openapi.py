"""The OpenAPI document as somebody who writes a client reads it."""

from typing import Any

import pytest

from tests.referrals.builders import KENDAL_PRACTICE
from tests.support.running import Running


@pytest.fixture
async def document(referrals: Running) -> dict[str, Any]:
    answer = await referrals.client.get("/openapi.json")
    document: dict[str, Any] = answer.json()
    return document


async def test_the_example_of_a_referral_is_one_that_is_taken(
    referrals: Running, document: dict[str, Any]
) -> None:
    body = document["components"]["schemas"]["ReferralRequest"]
    sender = referrals.token("practice-system", org=KENDAL_PRACTICE)
    for example in body["examples"]:
        answer = await referrals.client.post("/v1/referrals", json=example, headers=sender)
        assert answer.status_code == 201, answer.text


async def test_what_every_referral_must_say_is_required(document: dict[str, Any]) -> None:
    body = document["components"]["schemas"]["ReferralRequest"]
    assert set(body["required"]) == {"patient", "requester", "referred_at", "pathway", "legal_basis"}


async def test_the_body_of_a_referral_is_a_model_with_a_name(document: dict[str, Any]) -> None:
    content = document["paths"]["/v1/referrals"]["post"]["requestBody"]["content"]
    assert content == {"application/json": {"schema": {"$ref": "#/components/schemas/ReferralRequest"}}}
    patient = document["components"]["schemas"]["ReferralRequest"]["properties"]["patient"]
    assert patient == {"$ref": "#/components/schemas/Patient"}


async def test_a_sender_learns_of_the_key_and_of_where_the_referral_is_read(document: dict[str, Any]) -> None:
    operation = document["paths"]["/v1/referrals"]["post"]
    assert [one["name"] for one in operation["parameters"]] == ["Idempotency-Key"]
    assert {"Location", "ETag", "Idempotent-Replayed"} <= operation["responses"]["201"]["headers"].keys()
    assert operation["responses"]["409"]["content"].keys() == {"application/problem+json"}


async def test_every_call_says_in_a_sentence_what_it_does_and_which_token_it_needs(
    document: dict[str, Any],
) -> None:
    open_to_all = {"/health/live", "/health/ready", "/.well-known/jwks.json", "/docs"}
    open_to_all |= {"/FHIR/R4/metadata", "/FHIR/R4/.well-known/smart-configuration"}
    open_to_all |= {path for path in document["paths"] if path.startswith("/v1/openreferral")}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["description"].startswith(operation["summary"])
            assert bool(operation.get("security")) is (
                path not in open_to_all and (method, path) != ("get", "/v1/events.ics")
            ), path
    assert "X-Request-Id" in document["info"]["description"]


async def test_the_bounds_of_parameters_stand_in_the_document(document: dict[str, Any]) -> None:
    parameters = {
        one["name"]: one["schema"]
        for path in ("/v1/referrals", "/v1/practices/{ods}")
        for one in document["paths"][path]["get"]["parameters"]
    }
    assert (parameters["limit"]["minimum"], parameters["limit"]["maximum"]) == (1, 500)
    assert parameters["ods"]["pattern"] == "^[A-Z][0-9]{5}$"


async def test_a_reader_learns_of_the_version_and_of_the_next_page(document: dict[str, Any]) -> None:
    read = document["paths"]["/v1/referrals/{referral_id}"]["get"]["responses"]
    assert "ETag" in read["200"]["headers"]
    assert {"304", "400", "404"} <= read.keys()
    assert "Link" in document["paths"]["/v1/referrals"]["get"]["responses"]["200"]["headers"]
