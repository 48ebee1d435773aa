"""What the containers run, run without containers: the same commands and environment, on servers started apart."""

import asyncio
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
import yaml

from shared.addresses import SERVICES
from shared.auth.keys import load_or_create_signing_key, public_key_set
from shared.local.ports import is_ready
from shared.local.postgres import postgres_binaries
from shared.local.temporary import TemporaryServers, temporary_servers
from tests.support.databases import at_database, run_sql
from tests.support.ports import free_ports

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
READY_SECONDS = 60
STOP_SECONDS = 20

pytestmark = pytest.mark.journey


@dataclass(frozen=True)
class Deployment:
    """The compose file with its variables filled in, and the servers that stand in for its containers."""

    services: Mapping[str, Any]
    variables: Mapping[str, str]
    servers: TemporaryServers

    def environment(self, service: str, data_dir: Path) -> dict[str, str]:
        """A container's environment, with the addresses of servers on this machine."""
        given = {
            name: self._here(str(value)) for name, value in self.services[service]["environment"].items()
        }
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return kept | given | {"PYTHONPATH": str(ROOT), "ICC_DATA_DIR": str(data_dir)}

    def command(self, service: str, *, port: int | None = None) -> list[str]:
        """A container's command, with this Python and, for an API, a free port."""
        words = [sys.executable if word == "python" else word for word in self.services[service]["command"]]
        return [str(port) if port and word == "8000" else word for word in words]

    def _here(self, value: str) -> str:
        postgres = urlsplit(self.servers.database_url)
        value = value.replace("@postgres:5432", f"@{postgres.hostname}:{postgres.port}")
        return self.servers.redis_url if "@valkey:6379" in value else value


def fresh_variables(jwks: Path) -> dict[str, str]:
    """What docker/new_environment.py prints, with an identity provider filled in."""
    spec = importlib.util.spec_from_file_location("new_environment", DOCKER / "new_environment.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: dict[str, str] = module.new_environment(datetime.now(UTC))
    filled_in = {"ICC_OIDC_ISSUER": "https://id.example", "ICC_ALLOWED_HOSTS": "icc.example"}
    return made | filled_in | {"ICC_JWKS": str(jwks)}


def filled(text: str, variables: Mapping[str, str]) -> str:
    """The compose file's scalar with its ${VARIABLES}, as compose fills them in."""

    def value(match: re.Match[str]) -> str:
        name, rule, default = match.groups()
        return variables[name] if rule == "?" else variables.get(name, default or "")

    return VARIABLE.sub(value, text)


def interpolated(node: Any, variables: Mapping[str, str]) -> Any:
    """A YAML tree with every text filled in."""
    if isinstance(node, dict):
        return {key: interpolated(value, variables) for key, value in node.items()}
    if isinstance(node, list):
        return [interpolated(item, variables) for item in node]
    return filled(node, variables) if isinstance(node, str) else node


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Databases made by the init script of the PostgreSQL container and migrated by the migration container's command."""
    folder = tmp_path_factory.mktemp("deployment")
    jwks = folder / "jwks.json"
    jwks.write_text(json.dumps(public_key_set(load_or_create_signing_key(folder)).as_dict()))
    variables = fresh_variables(jwks)
    services = interpolated(yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"], variables)
    with temporary_servers() as servers:
        made = Deployment(services, variables, servers)
        server = urlsplit(servers.database_url)
        environment = made.environment("postgres", folder) | {
            "PATH": f"{postgres_binaries(os.environ)}:{os.environ['PATH']}",
            "PGHOST": str(server.hostname),
            "PGPORT": str(server.port),
            "PGPASSWORD": str(server.password),
            "POSTGRES_USER": str(server.username),
        }
        subprocess.run([DOCKER / "postgres" / "10-icc.sh"], env=environment, check=True, timeout=60)
        subprocess.run(
            made.command("migration"),
            env=made.environment("migration", folder),
            check=True,
            timeout=120,
            cwd=ROOT,
        )
        yield made


@pytest.mark.parametrize("service", SERVICES)
async def test_the_role_of_a_service_can_add_to_the_audit_and_not_change_it(
    deployment: Deployment, service: str, tmp_path: Path
) -> None:
    url = deployment.environment(service, tmp_path)[f"ICC_{service.upper()}_DATABASE_URL"]
    assert await run_sql(url, "select has_table_privilege('audit', 'insert') as may") == [(True,)]
    for statement in (
        "delete from audit",
        "update audit_seal set seq = 0",
        "drop table audit",
        "truncate audit",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run_sql(url, statement)


async def test_a_service_cannot_reach_the_database_of_another(deployment: Deployment, tmp_path: Path) -> None:
    url = deployment.environment("outcomes", tmp_path)["ICC_OUTCOMES_DATABASE_URL"]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run_sql(at_database(url, "icc_referrals"), "select 1")


@pytest.mark.parametrize("service", SERVICES)
def test_an_api_and_its_worker_start_write_nothing_but_anchors_by_which_the_audit_is_verified_and_stop(
    deployment: Deployment, service: str, tmp_path: Path
) -> None:
    port = free_ports()
    started = [
        subprocess.Popen(
            deployment.command(name, port=port), env=deployment.environment(name, tmp_path), cwd=ROOT
        )
        for name in (service, f"{service}-worker")
    ]
    try:
        asyncio.run(ready(port, anchors=tmp_path / "audit-anchors" / service))
    finally:
        for process in started:
            process.terminate()
        ended = [process.wait(STOP_SECONDS) for process in started]
    # The HTTP server ends by the signal it was sent, once it has closed everything; the worker returns.
    assert set(ended) <= {0, -signal.SIGTERM}
    assert {path.name for path in tmp_path.iterdir()} <= {"audit-anchors"}
    check_audit(deployment, service, tmp_path)


def check_audit(deployment: Deployment, service: str, data_dir: Path) -> None:
    """What an operator asks in the container of a worker: its own audit holds, and the others are not known there."""
    command = [sys.executable, "-m", "shared.cli", "audit", "verify"]
    environment = deployment.environment(f"{service}-worker", data_dir)
    answer = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")
    lines = dict(line.split(": ", 1) for line in answer.stdout.splitlines())
    assert lines.keys() == set(SERVICES)
    assert lines.pop(service).endswith(": holds")
    assert all(said.startswith("left out") for said in lines.values())


async def ready(port: int, *, anchors: Path) -> None:
    """Wait until the API on this port says that it is ready, and the worker has begun to seal. Raises TimeoutError."""
    async with asyncio.timeout(READY_SECONDS):
        while not (await is_ready(port, 0) and await asyncio.to_thread(anchors.is_dir)):  # noqa: ASYNC110 -- another process's readiness can only be asked for
            await asyncio.sleep(0.1)
