"""What is checked about a request before any route sees it: the size of its head, its host, its ids.

The limits are those of common servers and proxies: a request that passes there passes here.
"""

import re
from collections.abc import Iterable
from typing import Any

from shared.problems import BadRequest, HeadersTooLarge, NotFound, Problem, UriTooLong
from shared.telemetry.correlation import Correlation, new_request_id, new_traceparent

MOST_HEADER_BYTES = 32 * 1024
MOST_HEADERS = 100
LONGEST_URI = 8 * 1024

PURPOSES = ("direct-care", "planning", "operations")
"""What a request may be for, as `X-Purpose` says it."""

_PURPOSES = {purpose.encode(): purpose for purpose in PURPOSES}

Headers = Iterable[tuple[bytes, bytes]]

_HOST = re.compile(rb"(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,253})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?\Z")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_TRACEPARENT = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")
_UUID = re.compile(rb"(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\Z")


def read_correlation(headers: Headers, *, peer: str | None = None) -> Correlation:
    """The request's ids, echoed as they were sent; fresh ones where none came that can be read.

    Work is never refused for them. A traceparent that cannot be read begins a new trace, as the W3C recommendation has it.
    """
    request_id = correlation_id = trace = purpose = None
    for name, value in headers:
        if name == b"x-request-id" and request_id is None and _UUID.match(value):
            request_id = value.decode("ascii")
        elif name == b"x-correlation-id" and correlation_id is None and _UUID.match(value):
            correlation_id = value.decode("ascii")
        elif name == b"traceparent" and _TRACEPARENT.match(value):
            trace = value.decode("ascii")
        elif name == b"x-purpose":
            purpose = _PURPOSES.get(value)
    request_id = request_id or new_request_id()
    return Correlation(request_id, correlation_id or request_id, trace or new_traceparent(), peer, purpose)


def check_head(scope: Any, *, allowed_hosts: frozenset[bytes]) -> Problem | None:
    """What is wrong with the size of the address or the headers, or with the host; None when nothing is."""
    if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_URI:
        return UriTooLong(f"The address may have {LONGEST_URI} bytes.")
    if b"%" in scope["raw_path"] and _CONTROL.search(scope["path"]):
        return NotFound()  # no address of ours has one, and no database column takes a NUL
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    size = 0
    hosts: list[bytes] = []
    for name, value in headers:
        size += len(name) + len(value) + 4
        if name == b"host":
            hosts.append(value)
        elif name == b"x-purpose" and value not in _PURPOSES:
            return BadRequest(f"X-Purpose is one of {', '.join(PURPOSES)}.", code="header.purpose")
    if size > MOST_HEADER_BYTES or len(headers) > MOST_HEADERS:
        return HeadersTooLarge(
            f"A request may have {MOST_HEADERS} headers of {MOST_HEADER_BYTES} bytes in all."
        )
    return _host_problem(hosts, scope["http_version"], allowed_hosts)


def _host_problem(hosts: list[bytes], version: str, allowed: frozenset[bytes]) -> Problem | None:
    if not hosts and version == "1.0":
        return None
    if len(hosts) != 1 or not _HOST.match(hosts[0]):
        return BadRequest("The request needs one Host header that names a host.", code="header.host")
    if allowed and hosts[0].lower() not in allowed and hosts[0].lower().rpartition(b":")[0] not in allowed:
        return BadRequest("This service does not answer for the host that was asked.", code="header.host")
    return None
