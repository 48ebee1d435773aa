"""The ids that tie a request to its log lines, its jobs and its calls to sister services."""

import secrets
import uuid
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Correlation:
    """request_id, correlation_id: UUIDs in canonical text.   traceparent: W3C trace context, level 1.
    peer: the address the request came from, for the audit only.
    """

    request_id: str
    correlation_id: str
    traceparent: str
    peer: str | None = None

    def as_headers(self) -> dict[str, str]:
        """The headers of a call made on behalf of this request: a request id of its own, the rest carried on."""
        return {
            "X-Request-Id": str(uuid.uuid4()),
            "X-Correlation-Id": self.correlation_id,
            "traceparent": self.traceparent,
        }


_current: ContextVar[Correlation | None] = ContextVar("icc_correlation", default=None)


def new_correlation(correlation_id: str | None = None) -> Correlation:
    """Fresh ids for work that no request began; `correlation_id` carries on an older one."""
    request_id = str(uuid.uuid4())
    return Correlation(request_id, correlation_id or request_id, new_traceparent())


def new_traceparent() -> str:
    """A traceparent that begins a trace, not sampled. Source: W3C Trace Context, section 3.2."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"


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
