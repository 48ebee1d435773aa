"""Webhooks of referrals: signed, without a person, tried for five days, paused when dead, and of own referrals alone."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.referrals.records.webhooks import KINDS
from tests.referrals.acting import act, manager
from tests.referrals.builders import EAST_PRACTICE, KENDAL_PRACTICE, SECRETS, a_referral
from tests.referrals.casework import DISCHARGE, PLAN
from tests.referrals.sending import post
from tests.support.databases import Databases
from tests.support.receiving import Receiver, delivered, post_webhook, receiving, registered
from tests.support.running import Running, running

RECEIVED = "referral.received"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Who is told."""
    async with receiving() as one:
        yield one


@pytest.fixture
async def telling(databases: Databases, data_dir: Path, receiver: Receiver) -> AsyncIterator[Running]:
    """The referrals service, which may call the receiver."""
    async with (
        databases.lend("referrals") as url,
        running(
            "referrals",
            database_url=url,
            data_dir=data_dir,
            settings={"delivery_origins": (receiver.origin,)},
        ) as service,
    ):
        yield service


def own(service: Running, org: str = KENDAL_PRACTICE) -> dict[str, str]:
    return service.token("practice-system", org=org)


async def read(service: Running, hook: dict[str, Any], *, by: dict[str, str] | None = None) -> dict[str, Any]:
    answer = await service.client.get(f"/v1/webhooks/{hook['id']}", headers=by or own(service))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def deliveries(service: Running, hook: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await service.client.get(f"/v1/webhooks/{hook['id']}/deliveries", headers=own(service))
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_sender_hears_what_becomes_of_its_referral(telling: Running, receiver: Receiver) -> None:
    hook = await registered(telling, receiver, list(KINDS), by=own(telling))
    sent = await post(telling, a_referral())
    accepted = (await act(telling, sent, "triage", {"decision": "accept"}, by=manager(telling))).json()
    case = f"/v1/cases/{accepted['case_id']}"
    by = manager(telling)
    planned = await telling.client.put(f"{case}/care-plan", json=PLAN, headers={**by, "If-Match": "*"})
    assert planned.is_success, planned.text
    open_case = (await telling.client.get(case, headers=by)).json()
    ended = await telling.client.post(
        f"{case}/discharge", json=DISCHARGE, headers={**by, "If-Match": f'W/"{open_case["version"]}"'}
    )
    assert ended.is_success, ended.text
    await delivered(telling, receiver.origin)
    told = dict(receiver.told())
    assert set(told) == {RECEIVED, "referral.triaged", "plan.updated", "case.discharged", "referral.closed"}
    assert told["referral.closed"] == {
        "referral_id": sent["id"],
        "case_id": accepted["case_id"],
        "community": "kendal",
        "pathway": "case-management",
    }
    for one in receiver.got:
        assert one.is_signed_with(hook["secret"])
        assert not one.is_signed_with(f"whsec_{'A' * 44}")
        assert not [secret for secret in SECRETS if secret in one.body.decode()]
    assert len({one.headers["webhook-id"] for one in receiver.got}) == len(told)


async def test_who_may_not_read_a_referral_hears_nothing_of_it(telling: Running, receiver: Receiver) -> None:
    await registered(telling, receiver, [RECEIVED], by=own(telling, EAST_PRACTICE))
    await post(telling, a_referral())
    await delivered(telling, receiver.origin)
    assert (receiver.got, await telling.rows("select from webhook_event")) == ([], [])


async def test_a_redirect_is_told_as_one_and_a_rejection_closes(telling: Running, receiver: Receiver) -> None:
    await registered(telling, receiver, [one for one in KINDS if one != RECEIVED], by=own(telling))
    sent = await post(telling, a_referral())
    moved = await act(
        telling,
        sent,
        "triage",
        {"decision": "redirect", "icc": "east", "reason_code": "wrong-community"},
        by=manager(telling),
    )
    assert moved.is_success, moved.text
    refused = await act(
        telling,
        moved.json(),
        "triage",
        {"decision": "reject", "reason_code": "no-capacity"},
        by=manager(telling, "*"),
    )
    assert refused.is_success, refused.text
    await delivered(telling, receiver.origin)
    assert sorted((kind, data["community"]) for kind, data in receiver.told()) == [
        ("referral.closed", "east"),
        ("referral.redirected", "east"),
        ("referral.triaged", "east"),
    ]


async def test_an_event_is_tried_again_under_the_same_id_until_it_is_taken(
    telling: Running, receiver: Receiver
) -> None:
    hook = await registered(telling, receiver, [RECEIVED], by=own(telling))
    await post(telling, a_referral())
    receiver.status = 503
    await delivered(telling, receiver.origin)
    await delivered(telling, receiver.origin)
    assert len(receiver.got) == 1, "it waits before it is tried again"
    await telling.rows("update webhook_delivery set next_at = tried_from")
    receiver.status = 204
    await delivered(telling, receiver.origin)
    assert len({one.headers["webhook-id"] for one in receiver.got}) == 1
    ((one),) = await deliveries(telling, hook)
    assert (one["status"], one["attempts"], one["last_status"]) == ("acknowledged", 2, 204)
    assert one["id"] == receiver.got[0].headers["webhook-id"]
    assert (await read(telling, hook))["failures"] == 0


async def test_a_dead_receiver_is_paused_says_so_and_is_sent_a_replay(
    telling: Running, receiver: Receiver
) -> None:
    hook = await registered(telling, receiver, [RECEIVED], by=own(telling))
    await post(telling, a_referral())
    receiver.status = 500
    for _ in range(7):
        await telling.rows("update webhook_delivery set next_at = tried_from")
        await delivered(telling, receiver.origin)
    assert len(receiver.got) == 5
    paused = await read(telling, hook)
    assert (paused["failures"], paused["paused_until"] is None) == (5, False)
    receiver.status = 200
    (one,) = await deliveries(telling, hook)
    again = await telling.client.post(
        f"/v1/webhooks/{hook['id']}/deliveries/{one['id']}/replay", headers=own(telling)
    )
    assert (again.status_code, again.json()["status"]) == (200, "sent")
    await delivered(telling, receiver.origin)
    assert [item["status"] for item in await deliveries(telling, hook)] == ["acknowledged"]
    assert (await read(telling, hook))["paused_until"] is None


async def test_after_five_days_an_event_is_not_delivered(telling: Running, receiver: Receiver) -> None:
    hook = await registered(telling, receiver, [RECEIVED], by=own(telling))
    await post(telling, a_referral())
    await telling.work()
    await telling.rows("update webhook_delivery set tried_from = tried_from - interval '5 days'")
    await delivered(telling, receiver.origin)
    assert receiver.got == []
    assert [one["status"] for one in await deliveries(telling, hook)] == ["not-delivered"]


async def test_an_origin_that_is_listed_no_more_is_not_called(telling: Running, receiver: Receiver) -> None:
    await registered(telling, receiver, [RECEIVED], by=own(telling))
    await post(telling, a_referral())
    await delivered(telling)
    assert receiver.got == []


async def test_a_client_that_is_revoked_hears_no_more(telling: Running, receiver: Receiver) -> None:
    hook = await registered(telling, receiver, [RECEIVED], by=own(telling))
    (row,) = await telling.rows("select client from webhook")
    revoked = await telling.client.post(
        "/v1/operations/revocations",
        json={"client": row["client"], "reason": "Lost"},
        headers=telling.token("operator"),
    )
    assert revoked.status_code == 201
    await post(telling, a_referral(), org="RTX")
    await delivered(telling, receiver.origin)
    assert (receiver.got, hook["events"]) == ([], [RECEIVED])


async def test_a_webhook_is_its_owners_alone_and_its_secret_is_shown_once(
    telling: Running, receiver: Receiver
) -> None:
    hook = await registered(telling, receiver, [RECEIVED], by=own(telling))
    assert "secret" not in await read(telling, hook)
    other = own(telling, EAST_PRACTICE)
    address = f"/v1/webhooks/{hook['id']}"
    assert (await telling.client.get(address, headers=other)).status_code == 404
    assert (await telling.client.delete(address, headers=other)).status_code == 404
    assert (await telling.client.get(f"{address}/deliveries", headers=other)).status_code == 404
    listed = await telling.client.get("/v1/webhooks", headers=other)
    assert listed.json() == {"items": [], "next": None}
    assert (await telling.client.get("/v1/webhooks", headers=manager(telling))).status_code == 403
    (row,) = await telling.rows("select secret from webhook")
    assert hook["secret"].encode() not in row["secret"]


async def test_a_webhook_that_is_removed_is_told_nothing_more(telling: Running, receiver: Receiver) -> None:
    hook = await registered(telling, receiver, [RECEIVED], by=own(telling))
    await post(telling, a_referral())
    await telling.work()
    gone = await telling.client.delete(f"/v1/webhooks/{hook['id']}", headers=own(telling))
    assert gone.status_code == 204
    await delivered(telling, receiver.origin)
    assert (receiver.got, await telling.rows("select from webhook_delivery")) == ([], [])


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"url": "https://127.0.0.1/"}, "url.forbidden", "/url"),
        ({"url": "http://receiver.example/"}, "url.forbidden", "/url"),
        ({"events": ["referral.lost"]}, "enum", "/events/0"),
        ({"events": []}, "body.required", "/events"),
        ({"more": 1}, "body.unknown_field", "/more"),
    ],
)
async def test_what_cannot_be_a_webhook_is_refused(
    telling: Running, changes: dict[str, Any], code: str, pointer: str
) -> None:
    asked = {"url": "https://receiver.example/", "events": [RECEIVED], **changes}
    answer = await post_webhook(telling, asked, by=own(telling))
    assert answer.status_code == 422, answer.text
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, pointer)]
    assert await telling.rows("select from webhook") == []
