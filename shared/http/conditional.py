"""Versions of a resource: shown as `ETag: W/"n"`, named by the client in `If-Match` when it changes something."""

import re
from typing import Annotated, Any

from fastapi import Depends, Request

from shared.http.versions import ExpectedVersion
from shared.problems import BadRequest, PreconditionRequired

# A web server that compresses an answer says so in its tag, and sends the tag on as its client has it.
_CODED = re.compile(r'-(?:gzip|br|deflate|zstd)(?=["]?\Z)')
_TAG = re.compile(r'(?:W/)?"([1-9][0-9]{0,14})"\Z')


async def expected_version(request: Request) -> ExpectedVersion:
    """What `If-Match` says. PreconditionRequired when it is missing, BadRequest when it cannot be read."""
    header = ",".join(request.headers.getlist("if-match")).strip()
    if not header:
        raise PreconditionRequired("Send If-Match with the ETag of the version you changed.")
    if header == "*":
        return ExpectedVersion(frozenset(), first=True)
    matches = [_TAG.match(_as_given(part)) for part in header.split(",")]
    versions = frozenset(int(match[1]) for match in matches if match)
    if len(versions) == 0:
        if all(part.strip().strip("W/").startswith('"') for part in header.split(",")):
            return ExpectedVersion(frozenset())  # a tag that we never gave: it matches nothing
        raise BadRequest('If-Match holds an entity tag such as W/"3".', code="header.format")
    return ExpectedVersion(versions)


def _as_given(tag: str) -> str:
    """An entity tag as we gave it, without what a server in between added: `W/"3-gzip"` and `W/"3"-gzip` are `W/"3"`."""
    return _CODED.sub("", tag.strip())


IF_MATCH_PARAMETER: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the version that is changed; `*` for the first",
    "schema": {"type": "string"},
    "example": 'W/"3"',
}
"""The header as the OpenAPI document shows it."""
IfMatch = Annotated[ExpectedVersion, Depends(expected_version)]
"""`expected: IfMatch` in a route's signature; hand it to the action, which calls `expected.check(row.version)`."""


def not_modified(request: Request, tag: str) -> bool:
    """Whether `If-None-Match` says that the client has this representation (weak comparison, RFC 9110 13.1.2).

    Some FHIR clients send a version bare, without its quotes.
    """
    header = request.headers.get("if-none-match")
    if header is None:
        return False
    wanted = tag.removeprefix("W/").strip('"')
    return header.strip() == "*" or any(
        _as_given(part).removeprefix("W/").strip('"') == wanted for part in header.split(",")
    )
