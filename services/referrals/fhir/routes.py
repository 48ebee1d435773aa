"""`/FHIR/R4`: messages in, ServiceRequests and definitions out."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from services.referrals.deliveries.schemas import DeliveryList
from services.referrals.errors import (
    AlreadyProcessed,
    LocalDataNewer,
    NotImplementedHere,
    NotOffered,
    TooEarly,
    UnknownWorkflow,
    VersionNotSpoken,
)
from services.referrals.fhir.actions import (
    find_service_requests,
    list_deliveries,
    process_message,
    read_service_request,
)
from services.referrals.fhir.answers import message_definitions, service_request
from services.referrals.fhir.capability import statement
from services.referrals.fhir.headers import message_ids
from services.referrals.fhir.plans import CarePlanBody
from services.referrals.fhir.rules import same_system
from services.referrals.fhir.use_cases import offered_use_cases
from services.referrals.fhir.working import (
    find_care_plans,
    list_tasks,
    read_care_plan,
    read_task,
    write_care_plan,
)
from services.referrals.records.schemas import PersonSearch
from services.referrals.records.scope import CREATE, READ
from services.referrals.settings import Settings
from shared.auth.caller import Caller
from shared.fhir.capabilities import PUBLISHED
from shared.fhir.datatypes import NHS_NUMBER
from shared.fhir.resources import FHIR_BYTES, FHIR_TYPES, FhirResponse, fhir_answer, search_set
from shared.http.answers import json_bytes
from shared.http.bodies import read_body
from shared.http.conditional import expected_version, not_modified
from shared.http.matching import check_content_type
from shared.http.openapi import FHIR_CONTENT
from shared.http.parameters import DEFAULT_LIST, LONGEST_LIST, PathId
from shared.http.versions import etag
from shared.problems import (
    AnswerTimeout,
    BadRequest,
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    Unauthenticated,
    UnsupportedMediaType,
    responses,
)
from shared.service.acting import Act
from shared.service.direct import DirectRoute
from shared.service.guard import Authenticated, Requires, may
from shared.service.paging import Pager
from shared.service.platform import Platform
from shared.service.routes.fhir import metadata_router
from shared.service.routing import Router

BASE: Final = "/FHIR/R4"
NOT_MODIFIED: Final = 304
NOT_IMPLEMENTED: Final = ("Appointment", "DocumentReference", "HealthcareService", "Slot")
"""What receivers of the standard may have beside messages: bookings, and pointers to documents."""
FORM: Final = "application/x-www-form-urlencoded"
metadata = metadata_router(statement)
messages = APIRouter(tags=["FHIR"], route_class=DirectRoute)
router = Router(tags=["FHIR"])


class SmartConfiguration(BaseModel):
    """What a client needs to know to get a token, as far as this service knows it."""

    issuer: str
    jwks_uri: str
    token_endpoint: str | None = None
    token_endpoint_auth_methods_supported: list[str]
    grant_types_supported: list[str]
    scopes_supported: list[str]
    capabilities: list[str]


Reader = Annotated[Act, may(READ)]
PlanReader = Annotated[Act, may("care-plans.read")]
_RESOURCE: dict[int | str, Any] = {200: {"content": FHIR_CONTENT}}
_HEADERS: Final = [
    {
        "name": name,
        "in": "header",
        "required": True,
        "description": "A UUID; both together make the message known",
        "schema": {"type": "string", "examples": ["8e5fc76d-e1cf-4004-b4b3-5717a5807e86"]},
    }
    for name in ("X-Request-Id", "X-Correlation-Id")
]
_PERSON: Final = {
    "name": "patient:identifier",
    "in": "query",
    "required": True,
    "description": "`system|value`; `patient.identifier` says the same",
    "schema": {"type": "string", "examples": [f"{NHS_NUMBER}|9990000018"]},
}


@messages.post(
    f"{BASE}/$process-message",
    response_class=FhirResponse,
    openapi_extra={
        "parameters": _HEADERS,
        "requestBody": {"required": True, "content": FHIR_CONTENT},
    },
    responses=_RESOURCE
    | responses(
        Unauthenticated,
        Forbidden,
        BadRequest,
        NotOffered,
        UnknownWorkflow,
        NotFound,
        Conflict,
        AlreadyProcessed,
        LocalDataNewer,
        AnswerTimeout,
        TooLarge,
        UnsupportedMediaType,
        Invalid,
        VersionNotSpoken,
        TooEarly,
    ),
)
async def take_message(request: Request, caller: Annotated[Caller, Requires(CREATE)]) -> Response:
    """Take a message of the Booking and Referral Standard. Its answer is the stored view, with the id of the ServiceRequest."""
    platform: Platform = request.app.state.platform
    settings = platform.settings_of(Settings)
    ids = message_ids(request.scope["headers"], services=settings.own_services)
    check_content_type(request, FHIR_TYPES)
    raw = await read_body(request, limit=FHIR_BYTES)
    stored = await process_message(platform, raw, caller=caller, ids=ids)
    platform.nudges.ring(("facts",))
    return FhirResponse(json_bytes(stored))


@router.get(f"{BASE}/ServiceRequest/{{request_id}}", response_class=FhirResponse, responses=_RESOURCE)
async def read_one(act: Reader, request_id: PathId, request: Request) -> Response:
    """A referral as a ServiceRequest, by whichever door it came."""
    referral, use_case = await read_service_request(act, request_id)
    return _versioned(request, service_request(referral.model_dump(), use_case=use_case))


@router.get(f"{BASE}/ServiceRequest", response_class=FhirResponse, responses=_RESOURCE)
async def search(act: Reader, request: Request) -> Response:
    """The ServiceRequests of one person: `patient:identifier=system|value`, or `patient.identifier=`."""
    return await _found(act, request, request.query_params.multi_items())


@router.ask(f"{BASE}/ServiceRequest/_search", response_class=FhirResponse, responses=_RESOURCE)
async def search_by_form(act: Reader, request: Request) -> Response:
    """The same search with its parameters in a form, where no log of an address can hold them."""
    check_content_type(request, (FORM,))
    try:
        asked = parse_qsl((await read_body(request, limit=64 * 1024)).decode(), strict_parsing=True)
    except ValueError:
        raise BadRequest("The form cannot be read.", code="query.encoding") from None
    return await _found(act, request, [*request.query_params.multi_items(), *asked])


async def _found(act: Act, request: Request, asked: Sequence[tuple[str, str]]) -> Response:
    person = person_asked(asked)
    paging = _pager(act, request, asked, person)
    page, use_cases = await find_service_requests(act, _search(person), paging=paging)
    base = f"{str(request.base_url).rstrip('/')}{BASE}/ServiceRequest"
    links = {"self": base}
    if page.next is not None:
        links["next"] = f"{base}?{urlencode({'patient:identifier': '|'.join(person), 'cursor': page.next})}"
    found = [
        (f"{base}/{one.id}", service_request(one.model_dump(), use_case=use_cases.get(one.id)))
        for one in page.items
    ]
    whole = page.next is None and paging.cursor is None
    return fhir_answer(search_set(found, total=len(found) if whole else None, links=links))


def person_asked(asked: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """System and value of the one person that a search is about. Raises BadRequest."""
    named = {value for name, value in asked if name in ("patient:identifier", "patient.identifier")}
    if not named:
        raise _unreadable("query.empty", "Name a person: patient:identifier=system|value.")
    system, _, value = min(named).partition("|")
    if len(named) > 1 or not system or not value:
        raise _unreadable("query.format", "One person is named, as system|value.")
    return system, value


def _search(person: tuple[str, str]) -> PersonSearch:
    system, value = person
    if same_system(system, NHS_NUMBER):
        return PersonSearch(nhs_number=value)
    return PersonSearch(local_id=value, local_system=system)


def _pager(act: Act, request: Request, asked: Sequence[tuple[str, str]], person: tuple[str, str]) -> Pager:
    who = act.keyring.blind_index("fhir-search", "\x00".join(person)).hex()
    of = request.scope["route"].path.removesuffix("/_search")
    return _paged(asked, act.platform, act.caller, of=of, filters={"person": who})


def _paged(
    asked: Sequence[tuple[str, str]],
    platform: Platform,
    caller: Caller,
    *,
    of: str,
    filters: Mapping[str, object],
) -> Pager:
    given = dict(asked)
    count = given.get("_count", str(DEFAULT_LIST))
    if not count.isascii() or not count.isdigit() or len(count) > 6:  # noqa: PLR2004 -- a million
        raise _unreadable("query.limit", "_count is a whole number.")
    limit = min(int(count), LONGEST_LIST) or LONGEST_LIST  # _count=0 asks how many there are
    return Pager(limit, given.get("cursor"), platform.cursor_key, of, caller.client, filters)


def _unreadable(code: str, detail: str) -> BadRequest:
    return BadRequest(detail, code=code, errors=[FieldError(code, "", detail)])


@router.get(f"{BASE}/MessageDefinition", response_class=FhirResponse, responses=_RESOURCE, impersonal=True)
async def read_definitions(caller: Annotated[Caller, Authenticated], request: Request) -> Response:
    """The messages that are taken, one for each use case; `context=system|service id` asks for those of one service."""
    settings = request.app.state.platform.settings_of(Settings)
    context = request.query_params.get("context")
    services: Sequence[str] = settings.own_services
    if context is not None:
        service = context.rpartition("|")[2]
        if not service:
            raise _unreadable("query.format", "A context is system|service id, or the id alone.")
        services = [service] if service in services else []
    use_cases = list(offered_use_cases(settings.bars_test_use_cases).values()) if services else []
    base = f"{str(request.base_url).rstrip('/')}{BASE}/MessageDefinition"
    found = message_definitions(use_cases, services=services, base=base, date=PUBLISHED)
    return fhir_answer(search_set(found, total=len(found), links={"self": base}))


@messages.get(
    f"{BASE}/Task/{{request_id}}",
    response_class=FhirResponse,
    responses=_RESOURCE | responses(BadRequest, Unauthenticated, Forbidden, NotFound),
)
async def read_one_task(
    request: Request, caller: Annotated[Caller, Requires(READ)], request_id: PathId
) -> Response:
    """What is to be done about a referral, as a Task with the referral's id."""
    return _versioned(request, await read_task(request.app.state.platform, request_id, caller=caller))


@messages.get(
    f"{BASE}/Task",
    response_class=FhirResponse,
    responses=_RESOURCE | responses(BadRequest, Unauthenticated, Forbidden),
)
async def tasks(request: Request, caller: Annotated[Caller, Requires(READ)]) -> Response:
    """What is to be done about the caller's referrals, newest first; `status=` narrows it, `_count` and `cursor` page it."""
    asked = request.query_params.multi_items()
    statuses = [one for name, value in asked if name == "status" for one in value.split(",")]
    platform: Platform = request.app.state.platform
    paging = _paged(asked, platform, caller, of=f"{BASE}/Task", filters={"status": sorted(statuses)})
    page = await list_tasks(platform, caller=caller, statuses=statuses, paging=paging)
    base = _address(request, "Task")
    links = {"self": base}
    if page.next is not None:
        narrowed = {"status": ",".join(statuses)} if statuses else {}
        links["next"] = f"{base}?{urlencode({**narrowed, '_count': paging.limit, 'cursor': page.next})}"
    found = [(f"{base}/{one['id']}", one) for one in page.items]
    return fhir_answer(search_set(found, total=None, links=links))


@router.get(f"{BASE}/CarePlan/{{case_id}}", response_class=FhirResponse, responses=_RESOURCE)
async def read_one_plan(act: PlanReader, case_id: PathId, request: Request) -> Response:
    """The plan of a case, for direct care; its id is the case's."""
    return _versioned(request, await read_care_plan(act, case_id))


@router.get(f"{BASE}/CarePlan", response_class=FhirResponse, responses=_RESOURCE)
async def plans(act: PlanReader, request: Request) -> Response:
    """The plans of one person (`patient:identifier`), for direct care; a hospital says why it looks in `reason=`."""
    asked = request.query_params.multi_items()
    system, number = person_asked(asked)
    if not same_system(system, NHS_NUMBER):
        raise _unreadable("query.format", "A plan is found by the NHS number.")
    found = await find_care_plans(act, number, reason=dict(asked).get("reason"))
    base = _address(request, "CarePlan")
    shown = [(f"{base}/{one['id']}", one) for one in found]
    return fhir_answer(search_set(shown, total=len(found), links={"self": base}))


@router.put(f"{BASE}/CarePlan/{{case_id}}", response_class=FhirResponse, responses=_RESOURCE)
async def write_one_plan(
    act: Annotated[Act, may("cases.work")], case_id: PathId, plan: CarePlanBody, request: Request
) -> Response:
    """Write the whole plan of a case. If-Match is heeded where it is sent."""
    expected = await expected_version(request) if "if-match" in request.headers else None
    return _versioned(request, await write_care_plan(act, case_id, plan, expected=expected))


async def refuse_the_rest(request: Request, caller: Annotated[Caller, Requires(READ)]) -> Response:
    """Bookings and documents are of the standard and not of this receiver."""
    raise NotImplementedHere


for kind in NOT_IMPLEMENTED:
    messages.add_api_route(
        f"{BASE}/{kind}",
        refuse_the_rest,
        methods=["GET", "POST"],
        response_class=FhirResponse,
        responses=responses(Unauthenticated, Forbidden, NotImplementedHere),
        include_in_schema=False,
    )


def _versioned(request: Request, resource: dict[str, Any]) -> Response:
    """One resource with its ETag; 304 to a reader that has this version."""
    headers = {"ETag": etag(int(resource["meta"]["versionId"]))}
    if request.method == "GET" and not_modified(request, headers["ETag"]):
        return Response(status_code=NOT_MODIFIED, headers=headers)
    return fhir_answer(resource, headers=headers)


def _address(request: Request, kind: str) -> str:
    return f"{str(request.base_url).rstrip('/')}{BASE}/{kind}"


@router.get("/v1/deliveries")
async def deliveries(
    act: Reader,
    referral: Annotated[
        PathId, Query(description="A referral", examples=["8e5fc76d-e1cf-4004-b4b3-5717a5807e86"])
    ],
) -> DeliveryList:
    """The answers to the sender of a referral that came by a message, and whether they were taken."""
    return await list_deliveries(act, referral)


@metadata.get(f"{BASE}/.well-known/smart-configuration", response_model_exclude_none=True)
async def read_smart_configuration(request: Request) -> SmartConfiguration:
    """How a client proves who it is, as SMART App Launch has it; needs no token."""
    settings = request.app.state.platform.settings_of(Settings)
    return SmartConfiguration(
        issuer=settings.oidc.issuer,
        jwks_uri=f"{str(request.base_url).rstrip('/')}/.well-known/jwks.json",
        token_endpoint=settings.oidc.token_endpoint,
        token_endpoint_auth_methods_supported=["private_key_jwt"],
        grant_types_supported=["client_credentials"],
        scopes_supported=[CREATE, READ],
        capabilities=["client-confidential-asymmetric"],
    )
