"""A client as an integrator gets one: written by openapi-python-client from the service's own document."""

import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from pathlib import Path
from typing import Any, get_type_hints
from uuid import UUID

import httpx
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser.errors import ErrorLevel
from openapi_python_client.strings import PythonIdentifier

from shared.auth.caller import ROLES
from tests.support.running import BASE, Running

# Whose token makes a call: the first of these whose role has one of its scopes.
CALLERS: Mapping[str, dict[str, Any]] = {
    "practice-system": {"org": "A82026"},
    "council-feed": {"org": "cumbria"},
    "case-manager": {"communities": ("*",)},
    "operator": {"communities": ("*",)},
    "auditor": {"communities": ("*",)},
    "analyst": {"communities": ("*",)},
    "publisher": {"communities": ("*",)},
    "development-lead": {"communities": ("*",)},
    "hospital-system": {"org": "RTX"},
}
PDF = "application/pdf"
FHIR = "application/fhir+json"
OBJECTS = ("application/json", FHIR, "application/x-www-form-urlencoded")
"""Bodies that a client sends as an object of a model."""
# A council is written `text/csv` by hand; a client of types sends it as a file of a form.
UNGENERATED = ("text/csv", "spreadsheetml", "x-ndjson")


@dataclass(frozen=True)
class Operation:
    """One call of a generated client.

    name: of its module.   scopes: one of them is needed, none for no token.   body: the schema of its JSON, if it has one.
    """

    name: str
    call: Callable[..., Any]
    scopes: frozenset[str]
    body: dict[str, Any] | None
    schemas: Mapping[str, Any]

    @property
    def arguments(self) -> list[str]:
        """What it is called with."""
        return list(inspect.signature(self.call).parameters)

    def sample(self) -> Any:
        """A body of the described shape, and of no sense."""
        return None if self.body is None else _sample(self.body, self.schemas)


@dataclass(frozen=True)
class GeneratedClient:
    """The generated package of one service, and every call it has."""

    package: str
    operations: dict[str, Operation]

    def model(self, name: str) -> Any:
        """A class of the package's models."""
        return getattr(importlib.import_module(f"{self.package}.models"), name)

    @property
    def types(self) -> Any:
        """The package's own types: files, and what is left out."""
        return importlib.import_module(f"{self.package}.types")

    async def make(
        self, service: Running, operation: Operation, identity: Mapping[str, str], given: Mapping[str, Any]
    ) -> tuple[HTTPStatus, Any]:
        """The status and the typed answer of one call. A status that the document does not name is an error."""
        makes = importlib.import_module(f"{self.package}.client")
        kind = makes.AuthenticatedClient if identity else makes.Client
        secret = {"token": identity["Authorization"].partition(" ")[2]} if identity else {}
        client = kind(
            base_url=BASE,
            raise_on_unexpected_status=True,
            httpx_args={"transport": httpx.ASGITransport(service.app)},
            **secret,
        )
        async with client:
            answer = await operation.call(client=client, **_typed(operation, given))
        return answer.status_code, answer.parsed


def generated_client(service: str, document: dict[str, Any], folder: Path) -> GeneratedClient:
    """The client of a service's document, written into a folder and imported. AssertionError where a call is missing."""
    source, package = folder / f"{service}.json", f"generated_{service}"
    source.write_text(json.dumps(document))
    config = Config.from_sources(
        # A client of types reads a feed as text, a page to print or a picture as a file, a FHIR resource as JSON; the generator is told so.
        ConfigFile(
            post_hooks=[],
            content_type_overrides={
                "application/atom+xml": "text/plain",
                "text/calendar": "application/octet-stream",
                PDF: "application/octet-stream",
                "image/svg+xml": "application/octet-stream",
                "image/png": "application/octet-stream",
                FHIR: "application/json",
            },
        ),
        MetaType.NONE,
        document_source=source,
        file_encoding="utf-8",
        overwrite=False,
        output_path=folder / package,
    )
    problems = [
        f"{one.header}: {one.detail}"
        for one in generate(config=config)
        if one.level is ErrorLevel.ERROR or not any(known in str(one.detail) for known in UNGENERATED)
    ]
    assert problems == []
    sys.path.insert(0, str(folder))
    try:
        return GeneratedClient(package, _operations(package, document))
    finally:
        sys.path.remove(str(folder))


def _operations(package: str, document: dict[str, Any]) -> dict[str, Operation]:
    described = {
        _module_name(operation["operationId"]): operation
        for methods in document["paths"].values()
        for operation in methods.values()
    }
    importlib.import_module(f"{package}.client")
    importlib.import_module(f"{package}.models")
    api = importlib.import_module(f"{package}.api")
    found = {}
    for one in pkgutil.walk_packages(api.__path__, f"{api.__name__}."):
        module = importlib.import_module(one.name)
        if hasattr(module, "asyncio_detailed"):
            name = one.name.rpartition(".")[2]
            found[name] = _operation(name, module.asyncio_detailed, described[name], document)
    assert found.keys() == described.keys()
    return found


def _module_name(operation_id: str) -> str:
    return PythonIdentifier(operation_id, "field_")


def _operation(
    name: str, call: Callable[..., Any], described: dict[str, Any], document: dict[str, Any]
) -> Operation:
    scopes = [scope for one in described.get("security", []) for scope in one.get("bearer", [])]
    if "security" in described and not scopes:
        scopes = ["registry.read"]
    bodies = described.get("requestBody", {}).get("content", {})
    content: dict[str, Any] = next((bodies[kind] for kind in OBJECTS if kind in bodies), {})
    return Operation(name, call, frozenset(scopes), content.get("schema"), document["components"]["schemas"])


_PLAIN: Mapping[str, Any] = {"array": [], "integer": 1, "number": 1, "boolean": False}
_TEXTS: Mapping[str, str] = {
    "date": "2026-06-12",
    "date-time": "2026-06-12T09:30:00Z",
    "uuid": str(UUID(int=1)),
}


def _sample(schema: dict[str, Any], schemas: Mapping[str, Any]) -> Any:
    """Something that a schema allows, as far as a client needs it to build its model: what is required, and no more."""
    if "$ref" in schema:
        return _sample(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return _sample(choices[0], schemas)
    listed = schema.get("enum") or [schema.get("const")]
    if listed[0] is not None:
        return listed[0]
    if schema.get("type") == "object":
        return {name: _sample(schema["properties"][name], schemas) for name in schema.get("required", ())}
    return _PLAIN.get(schema.get("type", ""), _TEXTS.get(schema.get("format", ""), "x"))


def identity_for(service: Running, operation: Operation) -> dict[str, str]:
    """The Authorization header of a caller who may make a call; empty where it needs none."""
    if not operation.scopes:
        return {}
    if "facts.read" in operation.scopes:
        return service.token("service")
    if "measurements.status" in operation.scopes:
        return service.token("service", org="referrals")
    role = next(role for role in CALLERS if ROLES[role] & operation.scopes)
    return service.token(role, **CALLERS[role])


def _typed(operation: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the given values that a call takes, as its signature has them: values of enumerations, models from JSON."""
    hints = get_type_hints(operation.call)
    taken = {
        name: value for name, value in given.items() if name in inspect.signature(operation.call).parameters
    }
    return {name: _as(hints[name], value) for name, value in taken.items()}


def _as(hint: Any, value: Any) -> Any:
    kinds = [hint, *getattr(hint, "__args__", ())]
    if isinstance(value, str):
        enumeration = next((one for one in kinds if isinstance(one, type) and issubclass(one, Enum)), None)
        return value if enumeration is None else enumeration(value)
    if isinstance(value, dict):
        model = next(one for one in kinds if hasattr(one, "from_dict"))
        return model.from_dict(value)
    return value
