"""`/v1/webhooks` of a service: who is told of its events, and what became of telling them."""

from collections.abc import Sequence
from typing import Annotated

from starlette.responses import Response

from shared.deliveries.registering import (
    deliveries_of,
    register,
    remove,
    replay,
    see_webhook,
    webhook_shown,
    webhooks_of,
)
from shared.deliveries.schemas import NewWebhookAnswer, WebhookAnswer, WebhookBody, WebhookDeliveryAnswer
from shared.http.parameters import PathId
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

NO_CONTENT = 204
Subscriber = Annotated[Act, may("webhooks.write")]


def webhooks_router(kinds: Sequence[str]) -> Router:
    """The routes of a service that tells of these events."""
    router = Router(prefix="/v1/webhooks", tags=["webhooks"], impersonal=True)
    told = f"Its events: {', '.join(f'`{kind}`' for kind in kinds)}."

    @router.get("")
    async def list_webhooks(act: Subscriber, paging: Paging) -> Page[WebhookAnswer]:
        """The webhooks of the own organisation, the newest first."""
        return await webhooks_of(act, paging)

    @router.get("/{webhook_id}")
    async def read_webhook(act: Subscriber, webhook_id: PathId) -> WebhookAnswer:
        """One webhook. `paused_until` says that its receiver is dead, and when it is tried again."""
        return webhook_shown(await see_webhook(act, webhook_id))

    @router.post(
        "",
        description=f"Be told of events, as Standard Webhooks has it, with the rights of this token. {told}",
    )
    async def post_webhook(act: Subscriber, asked: WebhookBody) -> NewWebhookAnswer:
        return await register(act, asked, kinds=kinds)

    @router.delete("/{webhook_id}", status_code=NO_CONTENT, response_class=Response)
    async def delete_webhook(act: Subscriber, webhook_id: PathId) -> Response:
        """Be told no more. What was still to be sent is not sent."""
        await remove(act, webhook_id)
        return Response(status_code=NO_CONTENT)

    @router.get("/{webhook_id}/deliveries")
    async def list_deliveries(
        act: Subscriber, webhook_id: PathId, paging: Paging
    ) -> Page[WebhookDeliveryAnswer]:
        """What the webhook was told and is still to be told, the newest event first. Settled ones are kept for a week."""
        return await deliveries_of(act, webhook_id, paging)

    @router.act("/{webhook_id}/deliveries/{event_id}/replay")
    async def replay_delivery(act: Subscriber, webhook_id: PathId, event_id: PathId) -> WebhookDeliveryAnswer:
        """Send an event again under the same id, at once, though the receiver is paused."""
        return await replay(act, webhook_id, event_id)

    return router
