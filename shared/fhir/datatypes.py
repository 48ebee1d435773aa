"""The parts of which resources are made: only the members that a service reads; others are let pass.

Names are those of FHIR in the JSON (`valueQuantity`) and ours in Python (`value_quantity`).
"""

from decimal import Decimal
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from shared.http.numbers import Exact

EXTENSIONS: Final = "https://icc-platform.example/fhir/"
"""Where the platform's own extensions and codes are named."""
NHS_NUMBER: Final = "https://fhir.nhs.uk/Id/nhs-number"
ODS_CODE: Final = "https://fhir.nhs.uk/Id/ods-organization-code"
SNOMED: Final = "http://snomed.info/sct"
UNITS: Final = "http://unitsofmeasure.org"


class Element(BaseModel):
    """A part of a resource: strict types, and members that nobody reads let pass."""

    model_config = ConfigDict(
        strict=True, extra="ignore", frozen=True, alias_generator=to_camel, allow_inf_nan=False
    )


class Coding(Element):
    """A code of a system."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Element):
    """A meaning, told by codes or by words."""

    coding: tuple[Coding, ...] = ()
    text: str | None = None


class Identifier(Element):
    """A number or name that others gave."""

    system: str | None = None
    value: str | None = None


class Reference(Element):
    """Which resource is meant: by its address or its identifier."""

    reference: str | None = None
    identifier: Identifier | None = None
    display: str | None = None


class Quantity(Element):
    """A measured amount."""

    value: Exact | None = None
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Extension(Element):
    """What FHIR has no member for, of the few kinds that we read."""

    url: str
    value_string: str | None = None
    value_code: str | None = None
    value_integer: int | None = None
    value_quantity: Quantity | None = None

    @property
    def text(self) -> str | None:
        """Its value where that is a text or a code."""
        return self.value_code if self.value_string is None else self.value_string


def shown(element: BaseModel | dict[str, Any]) -> dict[str, Any]:
    """An element as its JSON, without what it does not have: FHIR knows neither null nor an empty list."""
    document = element if isinstance(element, dict) else element.model_dump(by_alias=True)
    kept = {name: _shown(value) for name, value in document.items()}
    return {name: value for name, value in kept.items() if value not in (None, [], {})}


def _shown(value: Any) -> Any:
    if isinstance(value, dict | BaseModel):
        return shown(value)
    if isinstance(value, Decimal):  # JSON has one kind of number, and a text is none
        return int(value) if value == value.to_integral_value() else float(value)
    return [_shown(one) for one in value] if isinstance(value, list | tuple) else value
