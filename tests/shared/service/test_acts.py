"""Promises of an ordinary route: recorded or undone, described by its signature, read before it begins."""

from typing import Any
from uuid import uuid4

import pytest

from tests.shared.tiny import Tiny


def operation(tiny: Tiny, method: str, path: str) -> dict[str, Any]:
    """One operation of the OpenAPI document."""
    described: dict[str, Any] = tiny.app.openapi()["paths"][path][method]
    return described


async def test_a_change_that_is_not_recorded_is_undone(tiny: Tiny) -> None:
    before = (await tiny.rows("select count(*) from tiny"))[0][0]
    answer = await tiny.post(f"/v1/things/{uuid4()}/forgotten", b"")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert (await tiny.rows("select count(*) from tiny"))[0][0] == before


async def test_a_read_of_a_person_that_is_not_recorded_is_not_answered(tiny: Tiny) -> None:
    thing = "/v1/things/00000000-0000-0000-0000-000000000002"
    tiny.app.state.personal = True
    try:
        refused, impersonal = await tiny.get(thing), await tiny.get("/v1/communities")
    finally:
        tiny.app.state.personal = False
    assert (refused.status_code, impersonal.status_code) == (500, 200)
    assert (await tiny.get(thing)).status_code == 200


async def test_what_is_created_says_where_it_is_read(tiny: Tiny) -> None:
    made = await tiny.post("/v1/accounts", b"{}", headers={"Idempotency-Key": "acts-location"})
    assert made.headers["location"] == f"/v1/accounts/{made.json()['id']}"


async def test_a_version_is_shown_after_a_change_too(tiny: Tiny) -> None:
    thing = f"/v1/things/{uuid4()}"
    answer = await tiny.client.patch(thing, headers={**tiny.bearer(), "If-Match": 'W/"3"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"4"')


@pytest.mark.parametrize(
    ("method", "path", "statuses"),
    [
        ("post", "/v1/accounts", {"201", "400", "401", "403", "409", "413", "415", "422"}),
        ("patch", "/v1/things/{thing}", {"200", "400", "401", "403", "404", "412", "428"}),
        ("post", "/v1/things/{thing}/forgotten", {"200", "400", "401", "403", "404", "409"}),
        ("get", "/v1/things", {"200", "400", "401", "403"}),
    ],
)
def test_what_a_route_may_answer_follows_from_its_signature(
    tiny: Tiny, method: str, path: str, statuses: set[str]
) -> None:
    assert statuses <= operation(tiny, method, path)["responses"].keys()


@pytest.mark.parametrize(
    ("method", "path", "header", "required"),
    [
        ("post", "/v1/accounts", "Idempotency-Key", True),
        ("post", "/v1/things/{thing}/forgotten", "Idempotency-Key", False),
        ("patch", "/v1/things/{thing}", "If-Match", True),
    ],
)
def test_the_headers_that_a_route_takes_are_described(
    tiny: Tiny, method: str, path: str, header: str, *, required: bool
) -> None:
    described = {one["name"]: one for one in operation(tiny, method, path)["parameters"]}
    assert described[header]["required"] is required


def test_a_body_is_described_by_its_model(tiny: Tiny) -> None:
    body = operation(tiny, "post", "/v1/accounts")["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/Account"}
    described = tiny.app.openapi()["components"]["schemas"]["Account"]
    assert set(described["properties"]) == {"owner", "since"}


async def test_an_act_takes_a_key_and_a_repeat_gets_its_answer(tiny: Tiny) -> None:
    headers = {**tiny.bearer("operator"), "Idempotency-Key": "acts-revoke"}
    body = {"client": "local:nobody", "reason": "lost"}
    first = await tiny.client.post("/v1/operations/revocations", json=body, headers=headers)
    again = await tiny.client.post("/v1/operations/revocations", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content
