"""The bodies of services that keep no people: whatever somebody types into them, no NHS number is taken with it."""

from pydantic import ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from shared.http.bodies import RequestBody
from shared.workbooks.identifiers import holds_nhs_number


class ImpersonalBody(RequestBody):
    """Base of bodies that name nobody. A number is found as in a return, however it is written; names are not found."""

    @field_validator("*", mode="after")
    @classmethod
    def _names_nobody(cls, value: object, info: ValidationInfo) -> object:
        # What was stored before is shown as it stands: an answer has no context.
        texts = value if isinstance(value, list | tuple) else (value,)
        if info.context is not None and any(isinstance(one, str) and holds_nhs_number(one) for one in texts):
            raise PydanticCustomError("text.forbidden", "The text holds what looks like an NHS number.")
        return value
