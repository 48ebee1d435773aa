"""The one FHIR route that needs no token."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from shared.fhir.resources import fhir_answer
from shared.http.openapi import FHIR_CONTENT

METADATA = "/FHIR/R4/metadata"


def metadata_router(statement: Callable[[str], Mapping[str, Any]]) -> APIRouter:
    """The route of a service's capability statement. statement: makes it for the address of the door."""
    router = APIRouter(tags=["FHIR"])

    @router.get(METADATA, response_class=Response, responses={200: {"content": FHIR_CONTENT}})
    async def read_metadata(request: Request) -> Response:
        """What this FHIR door takes and gives; needs no token."""
        return fhir_answer(statement(str(request.url).removesuffix("/metadata").partition("?")[0]))

    return router
