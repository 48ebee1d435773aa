"""What `metadata` says: which resources a door takes, how they are searched, and the platform's own extensions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

FHIR_VERSION: Final = "4.0.1"
PUBLISHED: Final = "2026-11-30"
"""When what the statement says was last changed."""
_OAUTH: Final = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/restful-security-service", "code": "OAuth"}]
}


@dataclass(frozen=True, slots=True)
class Offered:
    """What a door does with one type of resource.

    interactions: of FHIR's type-restful-interaction.   searched_by: name → type of each search parameter.
    documentation: what a client must know, in Markdown.
    """

    resource: str
    interactions: tuple[str, ...]
    searched_by: Mapping[str, str] = field(default_factory=dict)
    documentation: str = ""


def capability_statement(
    *,
    title: str,
    version: str,
    base: str,
    resources: Sequence[Offered],
    documentation: str,
    operations: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The statement of a door. base: its address.   operations: name → definition of each.   documentation: Markdown."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": PUBLISHED,
        "title": title,
        "kind": "instance",
        "software": {"name": "ICC platform", "version": version},
        "implementation": {"description": title, "url": base},
        "fhirVersion": FHIR_VERSION,
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "documentation": documentation,
                "security": {"service": [_OAUTH], "description": "Authorization: Bearer <JWT>"},
                "resource": [_resource(one) for one in resources],
                "operation": [
                    {"name": name, "definition": definition}
                    for name, definition in (operations or {}).items()
                ],
            }
        ],
    }


def _resource(offered: Offered) -> dict[str, Any]:
    return {
        "type": offered.resource,
        "documentation": offered.documentation,
        "interaction": [{"code": one} for one in offered.interactions],
        "versioning": "no-version",
        "searchParam": [{"name": name, "type": kind} for name, kind in offered.searched_by.items()],
    }
