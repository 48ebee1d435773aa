"""One way to say what went wrong: RFC 9457 problem details, with a stable code and a JSON pointer for each fault.

`detail` is written for the person who must mend the request and never repeats a value: a value may be a patient's.
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

TYPE_BASE = "https://icc-platform.example/problems/"
MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault in what was sent: a code of the contract, where it is, and how to mend it.

    pointer: JSON pointer (RFC 6901), "" for the whole body.
    """

    code: str
    pointer: str
    detail: str

    def to_json(self) -> dict[str, Any]:
        """The member of `errors`."""
        return {"code": self.code, "pointer": self.pointer, "detail": self.detail}


class Problem(Exception):  # noqa: N818 -- the standard's own word
    """The request cannot be answered as asked. A subclass gives code, title and status.

    Its docstring explains it to users: in the OpenAPI document, and as the detail where none is given.
    """

    code: str = "internal"
    title: str = "The service failed"
    status: ClassVar[int] = 500

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code or self.code)
        self.code = code or self.code
        self.detail = detail or inspect.cleandoc(self.__doc__ or self.title)
        self.errors = tuple(errors)
        self.headers: dict[str, str] = dict(headers or {})
        self.extra: dict[str, object] = dict(extra or {})

    def to_json(self) -> dict[str, Any]:
        """The problem document without `instance` and `request_id`, which the handler adds."""
        document: dict[str, Any] = {
            "type": TYPE_BASE + self.code,
            "code": self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            document["errors"] = [error.to_json() for error in self.errors]
        return document | self.extra
