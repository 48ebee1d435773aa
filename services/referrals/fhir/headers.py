"""The headers of the standard: the two ids that make a message known, and what it says of its sender and receiver."""

import base64
import binascii
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from services.referrals.fhir.rules import is_uuid
from shared.problems import BadRequest, FieldError, NotFound

REQUEST_ID, CORRELATION_ID = "X-Request-Id", "X-Correlation-Id"
TARGET: Final = "NHSD-Target-Identifier"
_SAYS: Final[Mapping[str, str]] = {
    "NHSD-End-User-Organisation": "Organization",
    "NHSD-Requesting-Practitioner": "PractitionerRole",
    "NHSD-Requesting-Software": "Device",
}
"""Which resource each header holds, in Base64."""


@dataclass(frozen=True, slots=True)
class MessageIds:
    """A message's own ids, and the NHSD headers as they were sent."""

    request_id: UUID
    correlation_id: UUID
    sent: Mapping[str, str]


def message_ids(headers: Iterable[tuple[bytes, bytes]], *, services: Collection[str]) -> MessageIds:
    """The ids and headers of a message. services: ids of the services that are ours.

    Raises BadRequest for what is missing or cannot be read, NotFound for a target that is another's.
    """
    given: dict[str, list[str]] = {}
    for name, value in headers:
        given.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    faults: list[FieldError] = []
    ids = [_id(given, name, faults) for name in (REQUEST_ID, CORRELATION_ID)]
    sent = {name: values[0] for name, values in given.items() if name.startswith("nhsd-")}
    faults += [_unreadable(name) for name, values in given.items() if name in sent and len(values) > 1]
    target = _decoded(sent, TARGET, faults)
    for header, kind in _SAYS.items():
        said = _decoded(sent, header, faults)
        if said is not None and said.get("resourceType") != kind:
            faults.append(_unreadable(header))
    if target is not None and not all(isinstance(target.get(one), str) for one in ("system", "value")):
        faults.append(_unreadable(TARGET))
    if faults:
        raise BadRequest(faults[0].detail, code=faults[0].code, errors=faults)
    if target is not None and target["value"] not in services:
        raise NotFound("The target service is not one of ours.")
    return MessageIds(UUID(ids[0]), UUID(ids[1]), sent)


def _id(given: Mapping[str, list[str]], name: str, faults: list[FieldError]) -> str:
    values = given.get(name.lower(), [])
    if not values:
        faults.append(FieldError("header.required", "", f"The header {name} is required."))
        return ""
    if len(values) > 1 or not is_uuid(values[0]):
        faults.append(FieldError("header.correlation_id", "", f"The header {name} is one UUID."))
    return values[0]


def _decoded(sent: Mapping[str, str], name: str, faults: list[FieldError]) -> dict[str, Any] | None:
    text = sent.get(name.lower())
    if text is None:
        return None
    try:
        said = orjson.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        said = None
    if isinstance(said, dict):
        return said
    faults.append(_unreadable(name))
    return None


def _unreadable(name: str) -> FieldError:
    return FieldError("header.format", "", f"The header {name} is not what the standard says, in Base64.")
