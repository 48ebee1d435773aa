"""The ids that tie a request to its log lines, its jobs and its calls to sister services."""

import os
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Correlation:
    """request_id, correlation_id: UUIDs, with hyphens or without.   traceparent: W3C trace context, level 1.
    peer: the address the request came from.   purpose: what the caller says the request is for; both for the audit only.
    """

    request_id: str
    correlation_id: str
    traceparent: str
    peer: str | None = None
    purpose: str | None = None

    def as_headers(self) -> dict[str, str]:
        """The headers of a call made on behalf of this request: a request id of its own, the rest carried on."""
        return {
            "X-Request-Id": new_request_id(),
            "X-Correlation-Id": self.correlation_id,
            "traceparent": self.traceparent,
        }


_current: ContextVar[Correlation | None] = ContextVar("icc_correlation", default=None)


def new_correlation() -> Correlation:
    """Fresh ids for work that no request began."""
    request_id = new_request_id()
    return Correlation(request_id, request_id, new_traceparent())


def new_traceparent() -> str:
    """A traceparent that begins a trace, not sampled. Source: W3C Trace Context, section 3.2."""
    random = os.urandom(24).hex()
    return f"00-{random[:32]}-{random[32:]}-00"


def new_request_id() -> str:
    """A random UUID as text, without the cost of the object: every request needs one. Source: RFC 9562, section 5.4."""
    random = os.urandom(16).hex()
    return f"{random[:8]}-{random[8:12]}-4{random[13:16]}-{'89ab'[int(random[16], 16) & 3]}{random[17:20]}-{random[20:]}"


def set_correlation(correlation: Correlation) -> None:
    """Let everything that follows in this task carry these ids."""
    _current.set(correlation)


def current_correlation() -> Correlation:
    """The ids of the work in hand; fresh ones when it has none yet."""
    correlation = _current.get()
    if correlation is None:
        correlation = new_correlation()
        _current.set(correlation)
    return correlation
