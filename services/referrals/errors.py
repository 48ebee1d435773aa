"""The problems that only referrals answer, one class each; the common ones are in `shared.problems`."""

from typing import ClassVar

from shared.problems import BadRequest, Conflict, FieldError


class KeyRequired(BadRequest):
    """A referral needs an `Idempotency-Key` header or a `message_id` in its body, so that a repeat is recognised."""

    code = "idempotency.required"
    title = "A key for repeats is needed"


class BodyMismatch(Conflict):
    """The `Idempotency-Key` or the `message_id` was used before with another body. Use a new one for new content."""

    code = "idempotency.body_mismatch"
    title = "The key belongs to another body"
    status: ClassVar[int] = 409


class StillRunning(Conflict):
    """The first request with this key is still being worked on. Repeat it after `Retry-After` seconds."""

    code = "idempotency.in_progress"
    title = "The first request with this key is still running"

    def __init__(self) -> None:
        super().__init__(
            "Repeat the request shortly: it will be answered as the first one was.",
            headers={"Retry-After": "1"},
        )


class PersonalQuery(BadRequest):
    """What identifies a person must not stand in an address: addresses are logged on their way. Search with a body."""

    code = "query.pii_not_allowed"
    title = "Personal data does not belong in an address"

    def __init__(self) -> None:
        detail = "Use POST /v1/referrals/search with the identifier in the body."
        super().__init__(detail, errors=[FieldError(self.code, "", detail)])
