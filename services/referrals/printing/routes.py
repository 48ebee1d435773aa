"""Documents about a case."""

from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.responses import Response

from services.referrals.addresses import refuse_personal_query
from services.referrals.printing.actions import compose_summary, print_plan, print_summary
from shared.http.answers import json_answer
from shared.http.matching import FHIR_JSON
from shared.http.parameters import PathId
from shared.problems import Unavailable
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router
from shared.service.typesetting import PDF

router = Router(tags=["documents"], dependencies=[Depends(refuse_personal_query)])
Reader = Annotated[Act, may("care-plans.read")]
_PAPER: Final[dict[int | str, Any]] = {
    200: {
        "description": "The document",
        "content": {PDF: {"schema": {"type": "string", "format": "binary"}}},
    }
}
_DOCUMENT: Final[dict[int | str, Any]] = {
    200: {
        "description": "A Bundle of type `document`",
        "content": {FHIR_JSON: {"schema": {"type": "object"}}},
    }
}


@router.get(
    "/v1/cases/{case_id}/care-plan.pdf",
    response_class=Response,
    responses=_PAPER,
    problems=[Unavailable],
)
async def care_plan(act: Reader, case_id: PathId, request: Request) -> Response:
    """The care plan on paper, for who reads the plan: flags first, one page where it fits, black and white."""
    return _paper(await print_plan(act, case_id, request.app.state.typesetter), name="care-plan")


@router.get(
    "/v1/cases/{case_id}/summary.pdf",
    response_class=Response,
    responses=_PAPER,
    problems=[Unavailable],
)
async def summary(act: Reader, case_id: PathId, request: Request) -> Response:
    """The discharge summary on paper; 404 before the discharge."""
    return _paper(await print_summary(act, case_id, request.app.state.typesetter), name="summary")


@router.get("/v1/cases/{case_id}/summary.json", response_class=Response, responses=_DOCUMENT)
async def document(act: Reader, case_id: PathId) -> Response:
    """The discharge summary as a FHIR R4 document with SNOMED CT codes; 404 before the discharge."""
    composed = json_answer(await compose_summary(act, case_id))
    return Response(composed.body, media_type=FHIR_JSON)


def _paper(made: bytes, *, name: str) -> Response:
    # The file's name says nothing of the person: it ends up in lists of downloads.
    return Response(made, media_type=PDF, headers={"Content-Disposition": f'inline; filename="{name}.pdf"'})
