"""`POST /v1/referrals`."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from services.referrals.intake.actions import receive_referral
from services.referrals.intake.answers import CREATED, receipt_headers
from services.referrals.intake.schemas import ReferralReceipt, ReferralRequest
from shared.auth.caller import Caller
from shared.http.bodies import read_json, request_body_schema
from shared.idempotency.keys import (
    KEY_PARAMETER,
    BodyMismatch,
    KeyMalformed,
    KeyRequired,
    StillRunning,
    key_of,
)
from shared.problems import Forbidden, Invalid, TooLarge, Unauthenticated, UnsupportedMediaType, responses
from shared.service.direct import DirectRoute
from shared.service.guard import Requires
from shared.service.platform import Platform

router = APIRouter(tags=["referrals"], route_class=DirectRoute)

_TEXT = {"schema": {"type": "string"}}
RECEIVED: dict[int | str, dict[str, Any]] = {
    CREATED: {
        "description": "The referral is stored, routed and timed.",
        "headers": {
            "Location": {"description": "Where the referral is read", **_TEXT},
            "ETag": {"description": "Its version", **_TEXT},
            "Idempotent-Replayed": {"description": "`true` when this repeats an earlier answer", **_TEXT},
        },
    }
}
"""What OpenAPI says of the 201."""


@router.post(
    "/v1/referrals",
    status_code=CREATED,
    response_model=ReferralReceipt,
    openapi_extra={**request_body_schema(ReferralRequest), "parameters": [KEY_PARAMETER]},
    responses=RECEIVED
    | responses(
        Unauthenticated,
        Forbidden,
        TooLarge,
        UnsupportedMediaType,
        Invalid,
        KeyRequired,
        KeyMalformed,
        BodyMismatch,
        StillRunning,
    ),
)
async def receive(request: Request, caller: Annotated[Caller, Requires("referrals.create")]) -> Response:
    """Refer a person: routed, timed and stored before this answers. Repeat it freely under the same key."""
    platform: Platform = request.app.state.platform
    key = key_of(request.scope["headers"])
    receipt = await receive_referral(platform, await read_json(request), caller=caller, key=key)
    headers = receipt_headers(receipt.id)
    if receipt.replayed:
        headers["Idempotent-Replayed"] = "true"
    else:
        platform.nudges.ring(("facts",))
    return Response(receipt.body, status_code=CREATED, headers=headers, media_type="application/json")
