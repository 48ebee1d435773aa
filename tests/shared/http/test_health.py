"""What balancers and operators ask, and the pages that explain the interface."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.local.temporary import TemporaryServers
from shared.service.app import build_app
from shared.settings import PlatformSettings
from tests.shared.tiny import BASE, Tiny, tiny_application
from tests.support.databases import Databases
from tests.support.nonsense import nonsense_server
from tests.support.running import running


async def test_liveness_asks_nobody(tiny: Tiny) -> None:
    assert (await tiny.client.get("/health/live")).json() == {"status": "alive"}


async def test_without_valkey_the_service_is_degraded_but_ready(tiny: Tiny) -> None:
    answer = await tiny.client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["checks"] == {"database": "ok", "nudges": "missing", "audit": "ok"}


async def test_with_valkey_the_service_is_ready(
    servers: TemporaryServers, databases: Databases, tmp_path: Any
) -> None:
    async with (
        databases.lend("trajectories") as url,
        tiny_application(url, tmp_path, redis_url=servers.redis_url) as tiny,
    ):
        assert (await tiny.client.get("/health/ready")).json()["status"] == "ready"


async def test_without_migrations_the_service_is_not_ready(databases: Databases, tmp_path: Any) -> None:
    async with (
        databases.lend("trajectories") as url,
        tiny_application(url, tmp_path) as tiny,
    ):
        await tiny.rows("delete from alembic_version")
        behind = await tiny.client.get("/health/ready")
        await tiny.rows("drop table alembic_version")
        missing = await tiny.client.get("/health/ready")
    assert (behind.status_code, missing.status_code) == (503, 503)
    assert behind.json()["checks"]["database"] == "behind"
    assert int(behind.headers["retry-after"]) >= 1


async def test_a_database_that_answers_nonsense_is_one_that_is_missing(tmp_path: Path) -> None:
    async with (
        nonsense_server() as server,
        running("trajectories", database_url=server.database_url, data_dir=tmp_path) as service,
    ):
        ready = await service.client.get("/health/ready")
        refused = await service.client.get("/v1/performance")
    assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "missing")
    assert refused.status_code == 401


async def test_without_a_database_the_service_starts_and_answers_what_it_can(tmp_path: Path) -> None:
    nowhere = "postgresql://icc@127.0.0.1:9/icc"
    settings = PlatformSettings(
        environment="test", data_dir=tmp_path, redis_url="none", trajectories={"database_url": nowhere}
    )
    app = build_app(service="trajectories", settings=settings, routers=[])
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client,
    ):
        tiny = Tiny(app, client, nowhere, tmp_path)
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "missing")
        assert (await client.get("/health/live")).status_code == 200
        assert (await tiny.get("/v1/communities/kendal")).status_code == 200
        revocations = await client.get("/v1/operations/revocations", headers=tiny.bearer("operator"))
        assert (revocations.status_code, revocations.json()["code"]) == (503, "dependency")


@pytest.mark.parametrize(("role", "status"), [("operator", 200), ("analyst", 403)])
async def test_metrics_name_route_templates_and_need_their_scope(tiny: Tiny, role: str, status: int) -> None:
    await tiny.get("/v1/failures/9990000018")
    answer = await tiny.client.get("/metrics", headers=tiny.bearer(role))
    assert answer.status_code == status
    assert "9990000018" not in answer.text
    if status == 200:
        assert 'route="/v1/failures/{kind}"' in answer.text


async def test_the_schema_names_problems_scopes_and_hand_read_bodies(tiny: Tiny) -> None:
    schema = (await tiny.client.get("/openapi.json")).json()
    guarded = schema["paths"]["/v1/guarded"]["get"]
    assert guarded["security"] == [{"bearer": ["audit.read", "feeds.read"]}]
    body = schema["paths"]["/v1/things"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    thing = schema["components"]["schemas"][body["$ref"].removeprefix("#/components/schemas/")]
    assert set(thing["required"]) == {"person", "title"}
    named = set(re.findall(r"#/components/schemas/(\w+)", str(schema)))
    assert named <= schema["components"]["schemas"].keys()
    assert {"Problem", "FaultDocument"} <= schema["components"]["schemas"].keys()
    assert "HTTPValidationError" not in str(schema)
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert guarded["responses"]["default"]["content"] == problem


async def test_the_bearer_of_the_word_for_figures_reads_them_and_nothing_else(
    databases: Databases, tmp_path: Path
) -> None:
    word = "a word that nobody guesses"
    async with (
        databases.lend("trajectories") as url,
        tiny_application(url, tmp_path, metrics={"token": word}) as tiny,
    ):
        bearer = {"Authorization": f"Bearer {word}"}
        assert (await tiny.client.get("/metrics", headers=bearer)).status_code == 200
        assert (await tiny.client.get("/metrics", headers=tiny.bearer("operator"))).status_code == 200
        assert (await tiny.client.get("/v1/things", headers=bearer)).json()["code"] == "auth.token"
        for other in ("", "a word that nobody guesse", f"{word}s"):
            answer = await tiny.client.get("/metrics", headers={"Authorization": f"Bearer {other}"})
            assert (answer.status_code, answer.json()["code"]) == (401, "auth.token")
