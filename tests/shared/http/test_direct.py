"""Direct routes: quicker than others, and no different to whoever calls them."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest
from fastapi import APIRouter, Request, Response

from shared.auth import Caller
from shared.http.parameters import Limit
from shared.service.direct import DirectRoute
from shared.service.guard import Requires
from tests.referrals.builders import KENDAL_PRACTICE, a_referral
from tests.referrals.sending import post
from tests.support.running import Running

Reader = Annotated[Caller, Requires("referrals.read")]


NO_IDS = (
    "9990000018",
    "{id:hex}",
    "{{{id}}}",
    "%7B{id}%7D",
    "urn:uuid:{id}",
    "{id}%20",
    "{id:hex}-",
    "\u0660a8f0232-f24e-46c0-9c69-09fa44ae7901",
)


@pytest.mark.parametrize("address", ["/v1/referrals/{}", "/v1/referrals/{}/history"])
@pytest.mark.parametrize("written", NO_IDS)
async def test_an_id_that_is_not_written_as_one_is_refused_without_repeating_it(
    referrals: Running, address: str, written: str
) -> None:
    token = referrals.token("case-manager", communities=("kendal",))
    text = written.replace("{id:hex}", uuid4().hex).format(id=uuid4())
    answer = await referrals.client.get(address.format(text), headers=token)
    assert (answer.status_code, answer.json()["code"]) == (400, "id.format")
    assert answer.json()["errors"][0]["pointer"] == "/referral_id"
    assert text not in answer.text


@pytest.mark.parametrize("address", ["/v1/referrals/{}", "/v1/referrals/{}/history"])
async def test_an_id_may_be_written_in_capitals(referrals: Running, address: str) -> None:
    token = referrals.token("practice-system", org=KENDAL_PRACTICE)
    made = await post(referrals, a_referral())
    answer = await referrals.client.get(address.format(made["id"].upper()), headers=token)
    assert answer.status_code == 200


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

    async def with_number(request: Request, caller: Reader, number: int) -> Response:
        raise NotImplementedError

    async def with_lax_id(request: Request, caller: Reader, one: UUID) -> Response:
        raise NotImplementedError

    async def unguarded(request: Request) -> Response:
        raise NotImplementedError

    asked: dict[str, Callable[..., Any]] = {
        "/a": with_query,
        "/b/{number}": with_number,
        "/c/{one}": with_lax_id,
        "/d": unguarded,
    }
    for path, endpoint in asked.items():
        with pytest.raises(TypeError, match="direct route"):
            router.add_api_route(path, endpoint)


async def test_a_direct_route_is_given_the_texts_of_its_path(referrals: Running) -> None:
    token = referrals.token("case-manager", communities=("kendal",))
    found = [
        await referrals.client.get(f"/v1/worklists/{name}", headers=token) for name in ("kendal", "atlantis")
    ]
    assert [one.status_code for one in found] == [200, 404]


async def test_a_query_understood_at_one_address_is_still_unknown_at_another(referrals: Running) -> None:
    token = referrals.token("case-manager", communities=("kendal",))
    for _ in range(2):
        known = await referrals.client.get("/v1/referrals?status=received", headers=token)
        assert known.status_code == 200
        elsewhere = await referrals.client.get("/v1/pathways?status=received", headers=token)
        assert (elsewhere.status_code, elsewhere.json()["code"]) == (400, "query.unknown")
