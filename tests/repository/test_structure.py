"""The repository keeps its own promises: layout, routes, migrations, locks."""

import ast
import asyncio
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from shared.addresses import SERVICES
from shared.db.migrate import differences, migrate
from shared.db.revisions import newest_revision
from shared.facts import Topic
from shared.http.path_ids import is_path_id
from shared.local.temporary import TemporaryServers
from shared.service.guard import Guard
from shared.telemetry.logs import FORBIDDEN_KEYS
from tests.support.databases import at_database, run_sql

ROOT = Path(__file__).resolve().parents[2]
OPEN_ROUTES = {"/health/live", "/health/ready", "/.well-known/jwks.json", "/openapi.json", "/docs"}
SAYS_NOTHING = {"utils.py", "helpers.py", "common.py", "service.py", "manager.py", "misc.py"}
MOST_LINES = 400
LOG_METHODS = {"debug", "info", "warning", "error"}
ROW = re.compile(r"^\| (?P<question>[^|]+\?) \| (?P<files>[^|]+) \|$", re.MULTILINE)


def _modules(*folders: str) -> Iterator[Path]:
    for folder in folders or ("services", "shared"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def _application(service: str, data_dir: Path) -> FastAPI:
    settings = importlib.import_module(f"services.{service}.settings").Settings
    given = settings(environment="test", data_dir=data_dir, redis_url="none")
    application: FastAPI = importlib.import_module(f"services.{service}.app").create_app(given)
    return application


def _routes(service: str, data_dir: Path) -> list[RouteContext]:
    """Every route, those of included routers too, with its whole path."""
    contexts = iter_route_contexts(_application(service, data_dir).routes)
    found = [context for context in contexts if isinstance(context.original_route, APIRoute)]
    assert {context.path for context in found} > OPEN_ROUTES - {"/openapi.json"}, "routes are not found"
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_front_page_names_files_that_exist(service: str) -> None:
    text = (ROOT / "services" / service / "__init__.py").read_text()
    rows = ROW.findall(text)
    assert rows, "the table question → file is missing"
    named = [file.strip(" `") for _, files in rows for file in files.split(",")]
    assert [file for file in named if not (ROOT / "services" / service / file).exists()] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_says_who_may_call_it(service: str, data_dir: Path) -> None:
    unguarded = [
        route.path
        for route in _routes(service, data_dir)
        if route.path not in OPEN_ROUTES and not _is_guarded(route.dependant)
    ]
    assert unguarded == []


def _is_guarded(dependant: Dependant) -> bool:
    """Whether a guard stands before the route, directly or before its act."""
    return any(isinstance(one.call, Guard) or _is_guarded(one) for one in dependant.dependencies)


@pytest.mark.parametrize("service", SERVICES)
def test_every_guarded_route_declares_its_problems(service: str, data_dir: Path) -> None:
    undeclared = [
        route.path
        for route in _routes(service, data_dir)
        if route.path not in OPEN_ROUTES and 401 not in route.responses
    ]
    assert undeclared == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_id_in_an_address_is_read_in_one_way(service: str, data_dir: Path) -> None:
    ids = [
        (route.path, one.name, is_path_id(one.field_info.annotation, one.field_info.metadata))
        for route in _routes(service, data_dir)
        for one in route.dependant.path_params
        if "UUID" in repr(one.field_info.annotation)
    ]
    assert ids
    assert [found for found in ids if not found[2]] == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_migrations_give_the_tables_of_the_code_up_and_down(
    service: str, servers: TemporaryServers
) -> None:
    name = f"migrated_{service}"
    asyncio.run(run_sql(servers.database_url, f'create database "{name}"'))
    url = at_database(servers.database_url, name)
    metadata = importlib.import_module(f"services.{service}.tables").METADATA
    migrate(service, url)
    assert asyncio.run(differences(url, metadata)) == []
    stands_at = asyncio.run(run_sql(url, "select version_num from alembic_version"))
    assert [row["version_num"] for row in stands_at] == [newest_revision(service)]
    migrate(service, url, revision="base")
    left = asyncio.run(
        run_sql(
            url,
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')",
        )
    )
    assert [row["relname"] for row in left] == ["alembic_version"]
    migrate(service, url)
    assert asyncio.run(differences(url, metadata)) == []


@pytest.mark.parametrize("service", ["referrals", "outcomes"])
def test_every_topic_that_is_recorded_is_derived(service: str) -> None:
    topics: list[Topic] = importlib.import_module(f"services.{service}.facts").TOPICS
    derived = {topic.name for topic in topics}
    source = "\n".join(path.read_text() for path in (ROOT / "services" / service).rglob("*.py"))
    recorded = set(re.findall(r'(?:TOPIC|topic)(?:: Final)? ?= ?"([a-z.-]+)"', source))
    assert derived
    assert recorded == derived


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [str(path) for path in _modules() if path.name in SAYS_NOTHING] == []


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    modules = _modules("services", "shared", "tests", "benchmarks", "migrations", "docker")
    assert [str(path) for path in modules if path.read_text().count("\n") > MOST_LINES] == []


def test_no_log_line_is_given_a_key_that_is_dropped_from_it() -> None:
    dropped = [
        f"{path.relative_to(ROOT)}:{call.lineno} {keyword.arg}"
        for path in _modules()
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in LOG_METHODS
        for keyword in call.keywords
        if keyword.arg in FORBIDDEN_KEYS
    ]
    assert dropped == []


def test_no_function_imports() -> None:
    inside = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in _modules()
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_by_hash_and_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text()
    pins = re.findall(r"^[a-z0-9][^\s=]*==", text, re.MULTILINE)
    assert pins
    assert "://" not in text
    assert len(re.findall(r"--hash=sha256:", text)) >= len(pins)
