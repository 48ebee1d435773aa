"""Every call as its OpenAPI document describes it: whatever is sent, the answer is no failure and is one that is described."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.addresses import SERVICES
from shared.auth.caller import ROLES
from tests.support.databases import Databases
from tests.support.running import BASE, Running, running

pytestmark = pytest.mark.minutes
EXAMPLES = 30
PARTS = 4
LONGEST_URL = 65_536  # httpx sends none that is longer
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ORGANISATIONS = {"council-feed": "cumbria", "practice-system": "A82026"}


def authorised(service: Running, operation: Any) -> dict[str, str]:
    """The headers of a caller whose role allows this call."""
    needed = {
        scope for one in operation.definition.raw.get("security", []) for scope in one.get("bearer", [])
    }
    role = next((role for role, scopes in ROLES.items() if scopes & needed), "operator")
    return service.token(role, org=ORGANISATIONS.get(role))


def as_sent(case: Any, identity: dict[str, str]) -> httpx.Request:
    """A made-up call as the bytes that go out, with a token."""
    sent = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
    content = sent.body if isinstance(sent.body, bytes) else str(sent.body or "").encode()
    headers = [
        (name.encode(), value if isinstance(value, bytes) else value.encode("latin-1", "replace"))
        for name, value in (dict(sent.headers) | identity).items()
    ]
    url = sent.url or ""
    assume(len(url) <= LONGEST_URL)
    return httpx.Request(sent.method or "", url, headers=headers, content=content)


def exercise(service: Running, operation: Any, loop: asyncio.AbstractEventLoop) -> None:
    """Send what the document allows and what it forbids to one call; an error when an answer is not as described."""
    identity = authorised(service, operation)
    made_up = operation.as_strategy()
    if operation.body or operation.query or operation.path_parameters:
        made_up |= operation.as_strategy(GenerationMode.NEGATIVE)

    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(made_up)
    def every_answer_is_described(case: Any) -> None:
        waiting = asyncio.run_coroutine_threadsafe(service.client.send(as_sent(case, identity)), loop)
        case.validate_response(waiting.result(), checks=CHECKS)

    every_answer_is_described()


def exercise_part(service: Running, part: int, loop: asyncio.AbstractEventLoop) -> int:
    """Every so many-th call of a service; how many these are."""
    schema = schemathesis.openapi.from_dict(service.app.openapi())
    operations = [found.ok() for found in schema.get_all_operations()][part::PARTS]  # type: ignore[union-attr]  # an Err ends the test here
    for operation in operations:
        exercise(service, operation, loop)
    return len(operations)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", SERVICES)
async def test_every_answer_is_one_that_the_document_describes(
    databases: Databases, data_dir: Path, name: str, part: int
) -> None:
    async with (
        databases.lend(name) as url,
        running(name, database_url=url, data_dir=data_dir) as service,
    ):
        called = await asyncio.to_thread(exercise_part, service, part, asyncio.get_running_loop())
    assert called > 0
