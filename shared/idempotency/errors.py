"""What is answered about a key: it is missing, malformed, another request's, or its first request still runs."""

from shared.problems import BadRequest, Conflict


class KeyRequired(BadRequest):
    """The request needs an `Idempotency-Key` header, so that a repeat is recognised; a referral's `message_id` serves too."""

    code = "idempotency.required"
    title = "A key for repeats is needed"

    def __init__(self, detail: str = "Send an Idempotency-Key, so that a repetition has no effect.") -> None:
        super().__init__(detail)


class KeyMalformed(BadRequest):
    """There is one `Idempotency-Key` header of 1 to 255 printable ASCII characters, or none."""

    code = "idempotency.format"
    title = "The key for repeats is malformed"


class BodyMismatch(Conflict):
    """The `Idempotency-Key` or the `message_id` was used before with another body. Use a new one for new content."""

    code = "idempotency.body_mismatch"
    title = "The key belongs to another body"

    def __init__(self, detail: str = "This Idempotency-Key was used with another body.") -> None:
        super().__init__(detail)


class StillRunning(Conflict):
    """The first request with this key is still being worked on. Repeat it after `Retry-After` seconds."""

    code = "idempotency.in_progress"
    title = "The first request with this key is still running"

    def __init__(self) -> None:
        super().__init__(
            "Repeat the request shortly: it will be answered as the first one was.",
            headers={"Retry-After": "1"},
        )
