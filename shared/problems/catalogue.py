"""The problems every service may answer. A service adds its own in its `errors.py`, one class each."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from shared.problems.problem import FieldError, Problem


class BadRequest(Problem):
    """The request is malformed: its body is not JSON, a header or a query parameter cannot be read."""

    code = "body.json"
    title = "The request is malformed"
    status: ClassVar[int] = 400


class Unauthenticated(Problem):
    """The request carries no bearer token that can be trusted. Send a current one in the Authorization header."""

    code = "auth.required"
    title = "A valid bearer token is needed"
    status: ClassVar[int] = 401


class Forbidden(Problem):
    """The token is good but lacks the scope for this call, or the organisation for this collection."""

    code = "scope"
    title = "The token does not allow this"
    status: ClassVar[int] = 403


class NotFound(Problem):
    """Nothing is here, or nothing that this caller may know of."""

    code = "not_found"
    title = "Not found"
    status: ClassVar[int] = 404


class MethodNotAllowed(Problem):
    """The address exists but not with this method; `Allow` names the methods it has."""

    code = "method"
    title = "The method is not allowed here"
    status: ClassVar[int] = 405


class NotAcceptable(Problem):
    """The `Accept` header names only media types that this address cannot give."""

    code = "accept"
    title = "No acceptable representation"
    status: ClassVar[int] = 406


class RequestTimeout(Problem):
    """The body was silent for too long. Send it again without pauses."""

    code = "body.timeout"
    title = "The request took too long to arrive"
    status: ClassVar[int] = 408


class AnswerTimeout(Problem):
    """The answer was not ready in the time that the standard allows. Send the same again: what came of the first is told then."""

    code = "timeout"
    title = "The answer took too long"
    status: ClassVar[int] = 408

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "5"})


class Conflict(Problem):
    """The request does not fit the present state, or repeats something that exists already."""

    code = "state.transition"
    title = "The request conflicts with the present state"
    status: ClassVar[int] = 409


class PreconditionFailed(Problem):
    """The resource has changed since you read it: read it again and repeat the change on its new version."""

    code = "version.stale"
    title = "The version is stale"
    status: ClassVar[int] = 412


class TooLarge(Problem):
    """The body is larger than this address takes."""

    code = "body.too_large"
    title = "The body is too large"
    status: ClassVar[int] = 413


class UriTooLong(Problem):
    """The address with its query is longer than the service reads."""

    code = "uri.too_long"
    title = "The address is too long"
    status: ClassVar[int] = 414


class UnsupportedMediaType(Problem):
    """The body's `Content-Type` or `Content-Encoding` is not one that this address reads."""

    code = "content_type"
    title = "The media type is not supported"
    status: ClassVar[int] = 415


class Invalid(Problem):
    """The request can be read but its content cannot be accepted; `errors` lists every fault with its place."""

    code = "body.type"
    title = "The content is invalid"
    status: ClassVar[int] = 422

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        first = errors[0] if errors else None
        super().__init__(
            detail or _told(errors),
            code=code or (first.code if first else None),
            errors=errors,
            headers=headers,
            extra=extra,
        )

    @staticmethod
    def one(code: str, pointer: str, detail: str) -> "Invalid":
        """The refusal for a single fault: its code is the problem's."""
        return Invalid(errors=[FieldError(code, pointer, detail)])


def _told(errors: Sequence[FieldError]) -> str:
    """The first fault with its place, and how many more there are: for who reads the detail alone."""
    if not errors:
        return ""
    place = f"{errors[0].pointer}: " if errors[0].pointer else ""
    more = f" (and {len(errors) - 1} more in `errors`)" if len(errors) > 1 else ""
    return f"{place}{errors[0].detail}{more}"


class PreconditionRequired(Problem):
    """The change must name the version it was made on, in `If-Match`."""

    code = "version.required"
    title = "If-Match is needed"
    status: ClassVar[int] = 428


class TooManyRequests(Problem):
    """This client sends more requests than it may; wait as long as `Retry-After` says."""

    code = "rate_limit"
    title = "Too many requests"
    status: ClassVar[int] = 429


class HeadersTooLarge(Problem):
    """The request's headers are larger or more numerous than the service reads."""

    code = "header.too_large"
    title = "The headers are too large"
    status: ClassVar[int] = 431


class Unavailable(Problem):
    """Something the service needs does not answer. Nothing was changed; try again after `Retry-After` seconds."""

    code = "dependency"
    title = "The service cannot answer at the moment"
    status: ClassVar[int] = 503

    def __init__(self, detail: str = "", *, code: str | None = None, retry_after: int = 2) -> None:
        super().__init__(detail, code=code, headers={"Retry-After": str(retry_after)})


class Internal(Problem):
    """A defect of the service. It has been logged under the answer's `request_id`."""
