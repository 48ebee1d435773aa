"""Each service's OpenAPI document says enough to write a client from."""

from collections.abc import Iterator
from typing import Any

import pytest

from shared.addresses import SERVICES
from tests.support.applications import Applications

SHOWN = ("enum", "const", "examples", "default", "format", "minimum")


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every call, with its name for a message."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


@pytest.mark.parametrize("name", SERVICES)
async def test_every_answer_has_a_schema(applications: Applications, name: str) -> None:
    async with applications.lend(name) as service:
        document = service.app.openapi()
    lacking = [
        (call, status, media_type)
        for call, operation in operations(document)
        for status, response in operation["responses"].items()
        for media_type, content in response.get("content", {"": {}}).items()
        if not content.get("schema") and status not in {"204", "304"}
    ]
    assert lacking == []


@pytest.mark.parametrize("name", SERVICES)
async def test_every_parameter_of_a_query_shows_its_values(applications: Applications, name: str) -> None:
    async with applications.lend(name) as service:
        document = service.app.openapi()
    lacking = [
        (call, parameter["name"])
        for call, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and parameter["name"] != "cursor"  # opaque
        if parameter["schema"].get("type") != "boolean"
        and not any(key in parameter["schema"] for key in SHOWN)
    ]
    assert lacking == []


@pytest.mark.parametrize("name", SERVICES)
async def test_a_call_that_is_refused_without_a_key_says_that_it_needs_one(
    applications: Applications, name: str
) -> None:
    async with applications.lend(name) as service:
        document = service.app.openapi()
    refused = [
        (call, {one["name"]: one["required"] for one in operation.get("parameters", ())})
        for call, operation in operations(document)
        if "idempotency.required" in str(operation["responses"].get("400", ""))
    ]
    # A referral's `message_id` serves as its key.
    assert {call for call, shown in refused if not shown["Idempotency-Key"]} <= {"POST /v1/referrals"}
