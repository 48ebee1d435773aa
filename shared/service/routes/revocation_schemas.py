"""Bodies of the revocation routes."""

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from shared.http.bodies import RequestBody
from shared.http.text import Name

Identifier = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]


class RevocationRequest(RequestBody):
    """What is to be refused from now on: a client (its `sub`) with all its tokens, or one token (its `jti`)."""

    client: Identifier | None = None
    token_id: Identifier | None = None
    reason: Name

    @model_validator(mode="after")
    def _names_one(self) -> "RevocationRequest":
        if (self.client is None) == (self.token_id is None):
            raise PydanticCustomError("body.required", "Name either `client` or `token_id`.")
        return self
