"""Registering webhooks, showing what became of their deliveries, and telling one again."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import col, delete, select

from shared.deliveries.events import WEBHOOKS
from shared.deliveries.rules import may_be_called
from shared.deliveries.schemas import NewWebhookAnswer, WebhookAnswer, WebhookBody, WebhookDeliveryAnswer
from shared.deliveries.signing import new_secret
from shared.deliveries.tables import Webhook, WebhookDelivery
from shared.ids import new_id
from shared.problems import FieldError, Invalid, NotFound
from shared.service.acting import Act
from shared.service.paging import Page, Pager
from shared.work.nudges import note_nudge

RESOURCE = "webhook"


async def register(act: Act, asked: WebhookBody, *, kinds: Collection[str]) -> NewWebhookAnswer:
    """Register an address, with the rights of the caller. kinds: the events there are. Raises Invalid."""
    if faults := _faults(act, asked, kinds):
        raise Invalid(errors=faults)
    webhook_id, secret, caller = new_id(), new_secret(), act.caller
    webhook = Webhook(
        id=webhook_id,
        owner=_owner(act),
        client=caller.client,
        org=caller.org,
        communities=None if caller.communities is None else sorted(caller.communities),
        scopes=sorted(caller.scopes),
        url=asked.url,
        events=sorted(set(asked.events)),
        created_at=act.now,
        **act.sealed(Webhook, webhook_id, secret=secret),
    )
    act.session.add(webhook)
    await act.happened("webhook.registered", resource_type=RESOURCE, resource_id=webhook_id)
    return NewWebhookAnswer(**webhook_shown(webhook).model_dump(), secret=secret)


def _faults(act: Act, asked: WebhookBody, kinds: Collection[str]) -> list[FieldError]:
    faults = [
        FieldError("enum", f"/events/{at}", f"The events are {', '.join(kinds)}.")
        for at, kind in enumerate(asked.events)
        if kind not in kinds
    ]
    if not may_be_called(asked.url, origins=act.platform.settings.delivery_origins):
        faults.append(
            FieldError("url.forbidden", "/url", "Events go to public https addresses, without a password.")
        )
    return faults


async def webhooks_of(act: Act, paging: Pager) -> Page[WebhookAnswer]:
    """The caller's webhooks, the newest first."""
    found = select(Webhook).where(col(Webhook.owner) == _owner(act))
    if before := paging.after():
        found = found.where(col(Webhook.id) < UUID(before[0]))
    rows = (await act.session.exec(found.order_by(col(Webhook.id).desc()).limit(paging.limit + 1))).all()
    return paging.page(rows, shown=webhook_shown, at=lambda one: [str(one.id)])


async def see_webhook(act: Act, webhook_id: UUID) -> Webhook:
    """A webhook of the caller's. Raises NotFound."""
    found = select(Webhook).where(Webhook.id == webhook_id, Webhook.owner == _owner(act))
    webhook = (await act.session.exec(found)).one_or_none()
    if webhook is None:
        raise NotFound
    return webhook


async def remove(act: Act, webhook_id: UUID) -> None:
    """Take a webhook away, with what it was still to be told. Raises NotFound."""
    await see_webhook(act, webhook_id)
    await act.session.exec(delete(Webhook).where(col(Webhook.id) == webhook_id))
    await act.happened("webhook.removed", resource_type=RESOURCE, resource_id=webhook_id)


async def deliveries_of(act: Act, webhook_id: UUID, paging: Pager) -> Page[WebhookDeliveryAnswer]:
    """What a webhook was told and is to be told, the newest event first. Raises NotFound."""
    await see_webhook(act, webhook_id)
    found = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    if before := paging.after():
        found = found.where(col(WebhookDelivery.event_id) < UUID(before[0]))
    newest = found.order_by(col(WebhookDelivery.event_id).desc()).limit(paging.limit + 1)
    rows = (await act.session.exec(newest)).all()
    return paging.page(rows, shown=delivery_shown, at=lambda one: [str(one.event_id)])


async def replay(act: Act, webhook_id: UUID, event_id: UUID) -> WebhookDeliveryAnswer:
    """Let an event be told again under the same id, at once and for five days, paused or not. Raises NotFound."""
    webhook = await see_webhook(act, webhook_id)
    found = select(WebhookDelivery).where(
        WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.event_id == event_id
    )
    delivery = (await act.session.exec(found.with_for_update())).one_or_none()
    if delivery is None:
        raise NotFound
    delivery.status, delivery.settled_at = "sent", None
    delivery.tried_from = delivery.next_at = act.now
    webhook.paused_until = None
    await act.happened("webhook.replayed", resource_type=RESOURCE, resource_id=webhook_id)
    note_nudge(act.session, WEBHOOKS)
    return delivery_shown(delivery)


def webhook_shown(webhook: Webhook) -> WebhookAnswer:
    """A webhook as its owner sees it."""
    return WebhookAnswer(
        id=webhook.id,
        url=webhook.url,
        events=webhook.events,
        created_at=webhook.created_at,
        failures=webhook.failures,
        paused_until=webhook.paused_until,
    )


def delivery_shown(delivery: WebhookDelivery) -> WebhookDeliveryAnswer:
    """A delivery as the webhook's owner sees it."""
    return WebhookDeliveryAnswer.model_validate(
        {"id": delivery.event_id, "type": delivery.kind, **delivery.model_dump()}
    )


def _owner(act: Act) -> str:
    """Marked as a client where the token names no organisation, so that none is taken for the one whose code it is called by."""
    return act.caller.org or f"client:{act.caller.client}"
