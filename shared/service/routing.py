"""Router derives status, headers, problems and OpenAPI of an ordinary route from its endpoint's signature.

    @router.post("/{case_id}/reviews")   creates: 201, a key for repeats is required
    @router.act("/{referral_id}/triage") changes: 200, a key for repeats is taken
    @router.ask("/search")               reads what must not stand in an address: 200
    @router.get, .put, .patch, .delete   as HTTP has them

A parameter of a `RequestBody` class is the body, which is read strictly. `expected: IfMatch` demands a version. Router adds an
ETag to an answer with a `version`, a Location after a creation, and a Link to a page.
"""

import functools
import hmac
import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, TypeVar, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from shared.auth.caller import Caller
from shared.http.answers import JSON, json_answer
from shared.http.bodies import MERGE_PATCH, RequestBody
from shared.http.conditional import IF_MATCH_PARAMETER, expected_version, not_modified
from shared.http.parameters import DEFAULT_LIST, LONGEST_LIST, CursorParam, Limit
from shared.http.versions import etag
from shared.idempotency.answers import keep_answer
from shared.idempotency.keys import (
    KEY_PARAMETER,
    BodyMismatch,
    KeyMalformed,
    KeyRequired,
    StillRunning,
    digest_of,
)
from shared.problems import (
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Problem,
    TooLarge,
    Unauthenticated,
    UnsupportedMediaType,
)
from shared.problems import responses as entries_of
from shared.service.acting import Act
from shared.service.guard import RouteKind
from shared.service.paging import Page, Pager
from shared.service.platform import Platform

OK, CREATED, NOT_MODIFIED = 200, 201, 304
_UNCHANGED = {"description": "The caller has this answer"}
EndpointT = TypeVar("EndpointT", bound=Callable[..., Awaitable[Any]])
_REQUEST = "request"
_TEXT: Mapping[str, Any] = {"schema": {"type": "string"}}


class Router(APIRouter):
    """A slice's routes. Each takes `problems=`: what it answers beside what follows from its signature.

    impersonal: the routes hold no person's data, so their reads need no audit row.
    """

    def __init__(self, *, impersonal: bool = False, **given: Any) -> None:
        super().__init__(**given)
        self._impersonal = impersonal

    def get(self, path: str, **given: Any) -> Callable[[EndpointT], EndpointT]:
        """A route that reads."""
        return self._route("GET", path, **given)

    def post(self, path: str, **given: Any) -> Callable[[EndpointT], EndpointT]:
        """A route that creates: 201, and a key under which it may be repeated."""
        given = {"status_code": CREATED, **given}
        return self._route("POST", path, changes=True, keyed=True, key_required=True, **given)

    def act(self, path: str, **given: Any) -> Callable[[EndpointT], EndpointT]:
        """A route that changes something that is there: 200, and a key where the client gives one."""
        return self._route("POST", path, changes=True, keyed=True, **given)

    def ask(self, path: str, **given: Any) -> Callable[[EndpointT], EndpointT]:
        """A POST that only reads, because what it asks must not stand in an address."""
        return self._route("POST", path, **given)

    def put(self, path: str, **given: Any) -> Callable[[EndpointT], EndpointT]:
        """A route that replaces."""
        return self._route("PUT", path, changes=True, **given)

    def patch(self, path: str, **given: Any) -> Callable[[EndpointT], EndpointT]:
        """A route that changes some members, by JSON merge patch."""
        return self._route("PATCH", path, changes=True, **given)

    def delete(self, path: str, **given: Any) -> Callable[[EndpointT], EndpointT]:
        """A route that takes something away."""
        return self._route("DELETE", path, changes=True, **given)

    def _route(
        self,
        method: str,
        path: str,
        *,
        status_code: int = OK,
        problems: Sequence[type[Problem]] = (),
        responses: Mapping[int | str, Any] | None = None,
        changes: bool = False,
        keyed: bool = False,
        key_required: bool = False,
        impersonal: bool | None = None,
        **given: Any,
    ) -> Callable[[EndpointT], EndpointT]:
        def add(endpoint: EndpointT) -> EndpointT:
            signature = inspect.signature(endpoint, eval_str=True)
            body = next((one for one in signature.parameters.values() if _is_body(one)), None)
            model = None if body is None else body.annotation
            nobody = self._impersonal if impersonal is None else impersonal
            kind = RouteKind(model, changes, keyed, key_required, nobody)
            versioned = any(_is_if_match(one) for one in signature.parameters.values())
            possible = [*_problems(self.prefix + path, kind, versioned=versioned), *problems]
            entries: dict[int | str, Any] = {**entries_of(*possible), **(responses or {})}
            entries[status_code] = {
                **_good_answer(signature.return_annotation, kind),
                **entries.get(status_code, {}),
            }
            if method == "GET" and "ETag" in entries[status_code].get("headers", {}):
                entries[NOT_MODIFIED] = _UNCHANGED
            self.add_api_route(
                path,
                _answering(endpoint, signature, status=status_code, kind=kind, readable=self._is_read),
                methods=[method],
                status_code=status_code,
                responses=entries,
                openapi_extra=_described(method, kind, versioned=versioned),
                **given,
            )
            if self.routes[-1].dependant.body_params:  # type: ignore[attr-defined]  # an APIRoute
                raise TypeError(
                    f"{path}: a body is a parameter of a RequestBody class, and nothing around it"
                )
            return endpoint

        return add

    def _is_read(self, path: str) -> bool:
        """Whether what is created at this template can be read by its id."""
        below = f"{path}/{{"
        return any(
            one.path.startswith(below) and "/" not in one.path[len(below) :] and "GET" in (one.methods or ())
            for one in self.routes
            if hasattr(one, "methods") and hasattr(one, "path")
        )


def _answering(
    endpoint: Callable[..., Awaitable[Any]],
    signature: inspect.Signature,
    *,
    status: int,
    kind: RouteKind,
    readable: Callable[[str], bool],
) -> Callable[..., Awaitable[Response]]:
    """The endpoint as the framework calls it: what it returns becomes its answer, kept under the act's key."""
    wants_request = _REQUEST in signature.parameters  # the framework gives it to one parameter only

    @functools.wraps(endpoint)
    async def answer(request: Request, **given: Any) -> Response:
        result = await (endpoint(request=request, **given) if wants_request else endpoint(**given))
        act: Act | None = getattr(request.state, "act", None)
        made = _answer(request, result, status=status, act=act)
        made_id = getattr(result, "id", None) if kind.key_required else None
        if made_id is not None and "location" not in made.headers and readable(request.scope["route"].path):
            made.headers["Location"] = f"{request.url.path}/{made_id}"
        if act is not None and act.keyed is not None:
            await keep_answer(
                act.session,
                act.keyring,
                act.keyed,
                status=made.status_code,
                headers=dict(made.headers),
                body=bytes(made.body),
            )
        return made

    answer.__signature__ = signature.replace(parameters=list(_parameters(signature)))  # type: ignore[attr-defined]
    answer.kind = kind  # type: ignore[attr-defined]
    return answer


def _answer(request: Request, result: Any, *, status: int, act: Act | None) -> Response:
    headers = {} if act is None else dict(act.headers)
    if isinstance(result, Response):
        result.headers.update(headers)
        return result
    if version := getattr(result, "version", None):
        headers.setdefault("ETag", etag(version))
    if "ETag" in headers and request.method == "GET" and not_modified(request, headers["ETag"]):
        return Response(status_code=NOT_MODIFIED, headers=headers)
    if isinstance(result, Page):
        return page_answer(request, result, headers)
    return json_answer(result, status=status, headers=headers)


def _parameters(signature: inspect.Signature) -> Iterator[inspect.Parameter]:
    """As the framework is shown them: all by keyword, the body as a dependency, and the request itself."""
    for one in signature.parameters.values():
        annotation = Annotated[one.annotation, Depends(_asked)] if _is_body(one) else one.annotation
        yield one.replace(annotation=annotation, kind=inspect.Parameter.KEYWORD_ONLY)
    if _REQUEST not in signature.parameters:
        yield inspect.Parameter(_REQUEST, inspect.Parameter.KEYWORD_ONLY, annotation=Request)


async def _asked(request: Request) -> Any:
    """The body, which the act has read."""
    return request.state.asked


def _is_body(parameter: inspect.Parameter) -> bool:
    return isinstance(parameter.annotation, type) and issubclass(parameter.annotation, RequestBody)


def _is_if_match(parameter: inspect.Parameter) -> bool:
    return any(getattr(one, "dependency", None) is expected_version for one in get_args(parameter.annotation))


def _problems(path: str, kind: RouteKind, *, versioned: bool) -> Iterator[type[Problem]]:
    yield from (BadRequest, Unauthenticated, Forbidden)
    if "{" in path:
        yield NotFound
    if kind.body is not None:
        yield from (TooLarge, UnsupportedMediaType, Invalid)
    if kind.changes and "{" in path:
        yield Conflict
    if versioned:
        yield from (PreconditionRequired, PreconditionFailed)
    if kind.key_required:
        yield KeyRequired
    if kind.keyed:
        yield from (KeyMalformed, BodyMismatch, StillRunning)


def entries_of_read(model: type[Any]) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of the good answers of a GET that no `Router` describes: the ETag or the Link, and the 304."""
    good = _good_answer(model, RouteKind())
    return {OK: good, NOT_MODIFIED: _UNCHANGED} if "ETag" in good.get("headers", {}) else {OK: good}


def _good_answer(model: Any, kind: RouteKind) -> dict[str, Any]:
    fields = getattr(model, "model_fields", {})
    headers = {}
    if "version" in fields:
        headers["ETag"] = {"description": "Its version", **_TEXT}
    if kind.key_required and "id" in fields:
        headers["Location"] = {"description": "Where it is read", **_TEXT}
    if kind.keyed:
        headers["Idempotent-Replayed"] = {
            "description": "`true` when this repeats an earlier answer",
            **_TEXT,
        }
    if isinstance(model, type) and issubclass(model, Page):
        headers["Link"] = {"description": "The next page", **_TEXT}
    return {"headers": headers} if headers else {}


def _described(method: str, kind: RouteKind, *, versioned: bool) -> dict[str, Any]:
    parameters = [{**KEY_PARAMETER, "required": kind.key_required}] if kind.keyed else []
    if versioned:
        parameters.append(IF_MATCH_PARAMETER)
    # A patch may come as plain JSON too. One media type is told: of two for one model, generators make clients that fail.
    media_types = (MERGE_PATCH,) if method == "PATCH" else (JSON,)
    body = {} if kind.body is None else kind.body.described(media_types)
    return {**body, "parameters": [*parameters, *body.get("parameters", ())]}


def pager_of(request: Request, *, limit: int, cursor: str | None) -> Pager:
    """The pager of a request whose caller is known."""
    platform: Platform = request.app.state.platform
    caller: Caller = request.state.caller
    filters: dict[str, object] = {
        name: value for name, value in request.query_params.items() if name not in {"limit", "cursor"}
    }
    asked = getattr(request.state, "asked", None)
    if asked is not None:
        # Keyed: a cursor stands in addresses, and who a plain digest belongs to could be found by trying.
        filters["body"] = hmac.digest(platform.cursor_key, digest_of(asked), "sha256").hex()
    of = request.scope["route"].path
    return Pager(limit, cursor, platform.cursor_key, of, caller.client, filters)


async def _paging(request: Request, limit: Limit = DEFAULT_LIST, cursor: CursorParam = None) -> Pager:
    return pager_of(request, limit=limit, cursor=cursor)


async def _whole(request: Request, limit: Limit = LONGEST_LIST, cursor: CursorParam = None) -> Pager:
    return pager_of(request, limit=limit, cursor=cursor)


Paging = Annotated[Pager, Depends(_paging)]
"""`paging: Paging`, behind the act that knows the caller."""
WholePaging = Annotated[Pager, Depends(_whole)]
"""The same for a list that is read whole unless a page is asked for."""


def page_answer(
    request: Request, page: Page[Any], headers: Mapping[str, str] | None = None, **beside: Any
) -> Response:
    """`{"items": […], "next": …}`, and what else stands beside the items, with a Link header to the next page."""
    told = dict(headers or {})
    if page.next is not None:
        asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        told["Link"] = f'<{request.url.path}?{urlencode([*asked, ("cursor", page.next)])}>; rel="next"'
    return json_answer({"items": page.items, **beside, "next": page.next}, headers=told)
