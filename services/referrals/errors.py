"""The problems that only referrals answer, one class each; the common ones are in `shared.problems`."""

from shared.problems import BadRequest, FieldError


class PersonalQuery(BadRequest):
    """What identifies a person must not stand in an address: addresses are logged on their way. Search with a body."""

    code = "query.pii_not_allowed"
    title = "Personal data does not belong in an address"

    def __init__(self) -> None:
        detail = "Use POST /v1/referrals/search with the identifier in the body."
        super().__init__(detail, errors=[FieldError(self.code, "", detail)])
