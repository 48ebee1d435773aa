"""Log lines: JSON on stderr, one a request and one an event. Never a person's data, a query string or a secret."""

import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

import orjson
import structlog

from shared.telemetry.correlation import current_correlation

FORBIDDEN_KEYS = frozenset(
    {
        "address",
        "authorization",
        "birth_date",
        "body",
        "comment",
        "cookie",
        "dob",
        "email",
        "exception",
        "family",
        "findings",
        "given",
        "local_id",
        "message",
        "name",
        "nhs_number",
        "note",
        "notes",
        "password",
        "patient",
        "person",
        "phone",
        "postcode",
        "pseudonym",
        "query",
        "query_string",
        "reason",
        "secret",
        "text",
        "token",
        "url",
    }
)
"""Every line is stripped of these keys."""


def configure_logging(service: str) -> None:
    """Send structlog's and the standard library's events to stderr as JSON lines that name the service."""

    def add_origin(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        event["at"] = datetime.now(UTC)
        return event

    structlog.configure(
        processors=[
            drop_forbidden,
            add_origin,
            add_correlation,
            structlog.processors.add_log_level,
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.BytesLoggerFactory(file=cast(BinaryIO, _Stderr())),
        cache_logger_on_first_use=True,
    )
    _redirect_standard_library()


class _Stderr:
    """The process's stderr, for as long as it can be written: a full disk of logs must not fail requests."""

    def write(self, line: bytes) -> int:
        with suppress(OSError, ValueError):
            return sys.stderr.buffer.write(line)
        return 0

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.buffer.flush()


def drop_forbidden(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Remove what must never be logged, in nested objects too."""
    for key in FORBIDDEN_KEYS.intersection(event):
        del event[key]
    for key, value in event.items():
        if isinstance(value, dict):
            event[key] = drop_forbidden(None, "", dict(value))
    return event


def add_correlation(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Name the request the line belongs to."""
    correlation = current_correlation()
    event.setdefault("request_id", correlation.request_id)
    event.setdefault("correlation_id", correlation.correlation_id)
    return event


def _dumps(event: dict[str, Any], **_: object) -> bytes:
    return orjson.dumps(
        event, default=lambda value: type(value).__name__, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z
    )


class _ToStructlog(logging.Handler):
    """Lines of libraries, by logger and level; of an exception only its type, for its text may quote data."""

    def emit(self, record: logging.LogRecord) -> None:
        failure = record.exc_info[0] if record.exc_info else None
        structlog.get_logger().log(
            record.levelno,
            "library",
            logger=record.name,
            line=record.msg if failure is None else "failed",
            error=None if failure is None else failure.__name__,
        )


def _redirect_standard_library() -> None:
    logging.root.handlers = [_ToStructlog()]
    logging.root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
