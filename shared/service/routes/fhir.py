"""The one FHIR route that needs no token."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from shared.fhir.resources import FhirResponse, fhir_answer
from shared.http.matching import check_accept
from shared.http.openapi import FHIR_CONTENT
from shared.problems import NotAcceptable, responses

METADATA = "/FHIR/R4/metadata"


def metadata_router(statement: Callable[[str], Mapping[str, Any]]) -> APIRouter:
    """The route of a service's capability statement. statement: makes it for the address of the door."""
    router = APIRouter(tags=["FHIR"])

    @router.get(
        METADATA,
        response_class=FhirResponse,
        responses={200: {"content": FHIR_CONTENT}, **responses(NotAcceptable)},
    )
    async def read_metadata(request: Request) -> Response:
        """What this FHIR door takes and gives; needs no token."""
        check_accept(request)
        return fhir_answer(statement(str(request.url).removesuffix("/metadata").partition("?")[0]))

    return router
