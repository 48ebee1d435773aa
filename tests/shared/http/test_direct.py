"""Direct routes: quicker than others, and no different to whoever calls them."""

from typing import Annotated

import pytest
from fastapi import APIRouter, Request, Response

from shared.auth import Caller, Requires
from shared.http.direct import DirectRoute
from shared.http.query import Limit
from tests.support.running import Running

Reader = Annotated[Caller, Requires("referrals.read")]


async def test_an_id_of_a_direct_route_that_is_no_uuid_is_refused_without_repeating_it(
    referrals: Running,
) -> None:
    token = referrals.token("case-manager", communities=("kendal",))
    answer = await referrals.client.get("/v1/referrals/9990000018", headers=token)
    assert (answer.status_code, answer.json()["code"]) == (400, "id.format")
    assert answer.json()["errors"][0]["pointer"] == "/referral_id"
    assert "9990000018" not in answer.text


async def test_a_direct_route_refuses_other_methods_unknown_parameters_and_strangers(
    referrals: Running,
) -> None:
    token = referrals.token("practice-system", org="A82026")
    wrong_method = await referrals.client.delete("/v1/referrals", headers=token)
    assert (wrong_method.status_code, wrong_method.headers["allow"]) == (405, "GET, HEAD, POST")
    unknown = await referrals.client.post("/v1/referrals?limits=1", headers=token, json={})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "query.unknown")
    stranger = await referrals.client.post("/v1/referrals", json={})
    assert (stranger.status_code, stranger.json()["code"]) == (401, "auth.required")


async def test_a_direct_route_is_counted_and_answers_heads_like_any_other(referrals: Running) -> None:
    reader = referrals.token("case-manager", communities=("kendal",))
    operator = referrals.token("operator")
    assert (await referrals.client.post("/v1/referrals", headers=reader, json={})).status_code == 403
    assert (await referrals.client.head("/v1/referrals", headers=reader)).status_code == 200
    metrics = (await referrals.client.get("/metrics", headers=operator)).text
    for method, status in (("POST", 403), ("HEAD", 200)):
        assert f'method="{method}",route="/v1/referrals",status="{status}"' in metrics


async def test_a_direct_route_stands_in_the_document_with_its_guard_its_id_and_its_answer(
    referrals: Running,
) -> None:
    document = (await referrals.client.get("/openapi.json")).json()
    entry = document["paths"]["/v1/referrals/{referral_id}"]["get"]
    assert entry["security"] == [{"bearer": ["referrals.read"]}]
    assert [(one["name"], one["schema"]["format"]) for one in entry["parameters"]] == [
        ("referral_id", "uuid")
    ]
    assert entry["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith(
        "ReferralAnswer"
    )


async def test_a_direct_route_that_asks_for_more_than_it_is_given_is_refused_at_import() -> None:
    router = APIRouter(route_class=DirectRoute)

    async def with_query(request: Request, caller: Reader, limit: Limit = 5) -> Response:
        raise NotImplementedError

    async def with_name(request: Request, caller: Reader, name: str) -> Response:
        raise NotImplementedError

    async def unguarded(request: Request) -> Response:
        raise NotImplementedError

    for path, endpoint in (("/a", with_query), ("/b/{name}", with_name), ("/c", unguarded)):
        with pytest.raises(TypeError, match="direct route"):
            router.add_api_route(path, endpoint)


async def test_a_query_understood_at_one_address_is_still_unknown_at_another(referrals: Running) -> None:
    token = referrals.token("case-manager", communities=("kendal",))
    for _ in range(2):
        known = await referrals.client.get("/v1/referrals?status=received", headers=token)
        assert known.status_code == 200
        elsewhere = await referrals.client.get("/v1/pathways?status=received", headers=token)
        assert (elsewhere.status_code, elsewhere.json()["code"]) == (400, "query.unknown")
