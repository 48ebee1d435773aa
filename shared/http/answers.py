"""Answers as bytes: orjson, UTC with a Z, models by their JSON form."""

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import BaseModel
from starlette.responses import Response

JSON = "application/json"


def json_bytes(content: Any) -> bytes:
    """Content as JSON. Knows models, and what the database driver subclasses (its UUID, say)."""
    return orjson.dumps(content, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_SUBCLASS)


def json_answer(content: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(json_bytes(content), status_code=status, media_type=JSON, headers=dict(headers or {}))


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        # What was never set is left out: an optional member that does not apply is not shown as null.
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    return str(value)
