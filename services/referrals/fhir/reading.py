"""A message of its bytes: strict JSON, one bundle, one header, everything it refers to there. Refused by the standard's order."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

import orjson
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from services.referrals.deliveries.rules import RESPONSE_CODES
from services.referrals.errors import NotOffered, UnknownWorkflow, VersionNotSpoken
from services.referrals.fhir.rules import (
    MOST_ENTRIES,
    REQUEST,
    RESPONSE,
    Act,
    UseCase,
    act_of,
    count_faults,
    entry_faults,
    graph_faults,
    is_uuid,
    same_system,
    speaks,
)
from services.referrals.fhir.schemas import MessageHeader, ServiceRequest
from shared.fhir.datatypes import CodeableConcept, Element, Reference
from shared.fhir.resources import modifiers
from shared.http.dates import parse_instant
from shared.http.json_checks import strict_json
from shared.http.validation import field_errors
from shared.problems import BadRequest, FieldError, Invalid, NotFound, TooLarge

CATEGORIES = "https://fhir.nhs.uk/CodeSystem/message-category-servicerequest"
_TOO_MANY = f"A message has at most {MOST_ENTRIES} entries."
ElementT = TypeVar("ElementT", bound=Element)


@dataclass(frozen=True, slots=True)
class Found(Generic[ElementT]):
    """A resource of a message, and where it stands: a pointer such as `/entry/3/resource`."""

    resource: ElementT
    pointer: str
    url: str


class Bundle:
    """A message as it was sent, with its resources read when they are asked for.   sent_at: when its sender last changed it."""

    def __init__(self, document: Mapping[str, Any], *, sent_at: datetime) -> None:
        self.document = document
        self.sent_at = sent_at
        self.entries: list[dict[str, Any]] = document["entry"]
        self._at = {entry["fullUrl"]: at for at, entry in enumerate(self.entries)}
        self._of_type: dict[str, list[int]] = {}
        for at, entry in enumerate(self.entries):
            self._of_type.setdefault(entry["resource"]["resourceType"], []).append(at)
        self._read: dict[int, Found[Any]] = {}

    @property
    def id(self) -> str:
        """The bundle's own id, by which answers name it."""
        return str(self.document["id"])

    def counts(self) -> Mapping[str, int]:
        """How many resources of each type there are."""
        return {kind: len(places) for kind, places in self._of_type.items()}

    def all(self, model: type[ElementT]) -> Iterator[Found[ElementT]]:
        """Every resource of a type, in the order of the bundle. Raises BadRequest for one of another form."""
        for at in self._of_type.get(model.__name__, ()):
            yield self._found(at, model)

    def first(self, model: type[ElementT]) -> Found[ElementT] | None:
        """The first resource of a type."""
        return next(self.all(model), None)

    def behind(self, reference: Reference | None, model: type[ElementT]) -> Found[ElementT] | None:
        """The resource that a reference means, where it is one of the bundle and of this type."""
        at = None if reference is None else self._at.get(reference.reference or "")
        if at is None or self.entries[at]["resource"]["resourceType"] != model.__name__:
            return None
        return self._found(at, model)

    def _found(self, at: int, model: type[ElementT]) -> Found[ElementT]:
        if at not in self._read:
            self._read[at] = self._validated(at, model)
        return self._read[at]

    def _validated(self, at: int, model: type[ElementT]) -> Found[ElementT]:
        pointer, entry = f"/entry/{at}/resource", self.entries[at]
        try:
            read = model.model_validate_json(orjson.dumps(entry["resource"]), strict=True)
        except ValidationError as error:
            findings = error.errors(include_url=False, include_context=False)
        else:
            return Found(read, pointer, entry["fullUrl"])
        raise _refused(
            [FieldError(one.code, f"{pointer}{one.pointer}", one.detail) for one in field_errors(findings)]
        )


@dataclass(frozen=True, slots=True)
class Message:
    """A request that may be worked on: what it does, for which use case, about which ServiceRequest."""

    bundle: Bundle
    header: MessageHeader
    request: Found[ServiceRequest]
    use_case: UseCase
    act: Act


@dataclass(frozen=True, slots=True)
class Reply:
    """A response to a message of ours, which it names by the id of its Bundle, with what became of it there."""

    bundle: Bundle
    header: MessageHeader
    answers: str
    code: str
    act: Literal["response"] = "response"
    use_case: None = None


def read_bundle(raw: bytes) -> Bundle:
    """The bundle of a message. Raises BadRequest for what is none, Invalid for a version or a size that is not taken."""
    try:
        document = strict_json(raw)
    except TooLarge:
        raise Invalid.one("bundle.too_large", "/entry", _TOO_MANY) from None
    if not isinstance(document, dict) or document.get("resourceType") != "Bundle":
        raise _one("fhir.resource_type", "/resourceType", "A message is a Bundle.")
    if document.get("type") != "message":
        raise _one("bundle.type", "/type", "A message is a Bundle of the type `message`.")
    _check_version(document)
    entries = document.get("entry")
    if not isinstance(entries, list) or not entries:
        raise _one("body.required", "/entry", "A message has entries.")
    if len(entries) > MOST_ENTRIES:
        raise Invalid.one("bundle.too_large", "/entry", _TOO_MANY)
    faults = list(entry_faults(entries))
    if not is_uuid(document.get("id")):
        faults.insert(0, FieldError("id.format", "/id", "A message's Bundle has an id that is a UUID."))
    if b"modifierExtension" in raw or b"implicitRules" in raw:
        faults += modifiers(document)
    if faults:
        raise _refused(faults)
    return Bundle(document, sent_at=_sent_at(document))


def _sent_at(document: Mapping[str, Any]) -> datetime:
    """When the sender last changed what the message says: each resource may be older."""
    changed = document["meta"].get("lastUpdated")
    if changed is None:
        raise _one("body.required", "/meta/lastUpdated", "A message says when it was last changed.")
    try:
        return parse_instant(changed)
    except PydanticCustomError as fault:
        code, detail = fault.type, fault.message()
    raise _one(code, "/meta/lastUpdated", detail)


def _check_version(document: Mapping[str, Any]) -> None:
    meta = document.get("meta")
    version = meta.get("versionId") if isinstance(meta, dict) else None
    if not isinstance(version, str):
        raise UnknownWorkflow(
            errors=[
                FieldError("fhir.workflow", "/meta/versionId", "Say which version of the standard it is.")
            ]
        )
    if not speaks(version):
        raise VersionNotSpoken


def read_header(bundle: Bundle, *, services: Collection[str]) -> MessageHeader:
    """The one header of a message for us. Raises BadRequest, NotOffered for another event, NotFound for another's."""
    found = list(bundle.all(MessageHeader))
    if len(found) != 1:
        raise _one("body.required", "/entry", "A message has one MessageHeader.")
    header, at = found[0].resource, found[0].pointer
    event = None if header.event_coding is None else header.event_coding.code
    if event is None:
        raise _one("body.required", f"{at}/eventCoding/code", "A message says which event it is of.")
    if event not in (REQUEST, RESPONSE):
        raise NotOffered(f"Taken are {REQUEST} and {RESPONSE}.")
    endpoints = [one.endpoint for one in header.destination if one.endpoint]
    if not endpoints:
        raise _one("body.required", f"{at}/destination/0/endpoint", "A message names its destination.")
    if not any(one.rpartition("|")[2] in services for one in endpoints):
        raise NotFound("The destination is not one of our services.")
    if header.source is None or not header.source.endpoint:
        raise _one("body.required", f"{at}/source/endpoint", "A message says where it comes from.")
    if header.reason is None or not header.reason.coding or header.reason.coding[0].code is None:
        raise _one("body.required", f"{at}/reason/coding/0/code", "A message says why it is sent.")
    if not header.focus:
        raise _one("body.required", f"{at}/focus", "A message has a focus.")
    return header


def read_request(
    bundle: Bundle, header: MessageHeader, use_cases: Mapping[tuple[str, str], UseCase]
) -> Message:
    """A request, whole. Raises NotOffered, UnknownWorkflow, or BadRequest with what is missing or hangs in the air."""
    request = bundle.behind(header.focus[0], ServiceRequest) or bundle.first(ServiceRequest)
    if request is None:
        raise _one("body.required", "/entry", "The message needs one ServiceRequest.")
    asked, at = request.resource, request.pointer
    use_case = _use_case(asked, at, use_cases)
    reason = header.reason.coding[0].code if header.reason else None
    act = act_of(reason or "", asked.status or "", category=use_case.category)
    if act is None:
        raise UnknownWorkflow
    faults = [
        *count_faults(bundle.counts(), act),
        *graph_faults(bundle.entries),
        *_element_faults(asked, at, act),
    ]
    if faults:
        raise _refused(faults)
    return Message(bundle, header, request, use_case, act)


def read_reply(bundle: Bundle, header: MessageHeader) -> Reply:
    """A response. Raises BadRequest with what is missing or hangs in the air."""
    said_of = header.response
    place = f"{next(bundle.all(MessageHeader)).pointer}/response"
    if said_of is None or not said_of.identifier:
        raise _one("body.required", f"{place}/identifier", "A response names the message that it answers.")
    if said_of.code not in RESPONSE_CODES:
        raise _one("enum", f"{place}/code", f"One of {', '.join(RESPONSE_CODES)}.")
    if faults := list(graph_faults(bundle.entries)):
        raise _refused(faults)
    return Reply(bundle, header, said_of.identifier, said_of.code)


def _use_case(asked: ServiceRequest, at: str, use_cases: Mapping[tuple[str, str], UseCase]) -> UseCase:
    codings = [one for concept in asked.category for one in concept.coding]
    category = next((one.code for one in codings if same_system(one.system, CATEGORIES)), None)
    if category is None or len(codings) == 1:
        raise _one("body.required", f"{at}/category", "A request has a message category and a use case.")
    for (system, code), use_case in use_cases.items():
        if any(one.code == code and same_system(one.system, system) for one in codings):
            if use_case.category != category:
                raise UnknownWorkflow
            return use_case
    raise NotOffered("This use case is not offered: see /FHIR/R4/MessageDefinition.")


def _element_faults(asked: ServiceRequest, at: str, act: Act) -> Iterator[FieldError]:
    needed: dict[str, object] = {"intent": asked.intent, "subject": asked.subject}
    if act != "cancel":
        needed |= {"encounter": asked.encounter, "requester": asked.requester, "performer": asked.performer}
    for name, value in needed.items():
        if not value:
            yield FieldError("body.required", f"{at}/{name}", "The standard requires this element.")
    if asked.intent not in (None, "plan"):
        yield FieldError("fhir.workflow", f"{at}/intent", "A request has the intent `plan`.")
    if act == "new":
        return
    if asked.id is None:
        yield FieldError("body.required", f"{at}/id", "Name the request by the id that it was given.")
    elif not is_uuid(asked.id):
        yield FieldError("id.format", f"{at}/id", "The id of a request is a UUID.")


def said(concept: CodeableConcept | None) -> str | None:
    """A meaning in words."""
    if concept is None:
        return None
    return concept.text or next((one.display for one in concept.coding if one.display), None)


def _one(code: str, pointer: str, detail: str) -> BadRequest:
    return _refused([FieldError(code, pointer, detail)])


def _refused(faults: list[FieldError]) -> BadRequest:
    """The refusal of a message: with the standard that is always 400."""
    return BadRequest(faults[0].detail, code=faults[0].code, errors=faults[:100])
