"""What senders of messages are told of their requests: once acknowledged never again, and for five days if they are not there."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from fhir.resources.R4B.bundle import Bundle

from services.referrals.deliveries.clients import ProxyLogin
from services.referrals.deliveries.rules import Target, target_of
from services.referrals.fhir.jobs import answer_periodic
from services.referrals.settings import BarsLogin
from shared.deliveries.rules import wait_after
from shared.deliveries.senders import Senders
from tests.referrals.acting import act, manager
from tests.referrals.messages import a_message, a_reply, a_validation, ids, request_of, send, told
from tests.support.databases import Databases
from tests.support.running import Running, running

THEIRS = "https://999.example"


@dataclass
class Receiver:
    """A sender's own endpoint: what it was posted, and what it answers."""

    status: int = 200
    got: list[tuple[httpx.Request, dict[str, Any]]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.got.append((request, json.loads(request.content)))
        return httpx.Response(self.status)

    def encounters(self) -> list[tuple[str, Any]]:
        """Status and reason of our encounter in each answer."""
        ours = [
            next(
                one["resource"]
                for one in body["entry"]
                if one["fullUrl"] == body["entry"][0]["resource"]["focus"][0]["reference"]
            )
            for _, body in self.got
        ]
        return [(one["status"], one.get("reasonCode", [{}])[0].get("text")) for one in ours]


@pytest.fixture
async def answering(databases: Databases, data_dir: Path) -> AsyncIterator[Running]:
    """The referrals service that calls one sender directly, and others through a proxy."""
    settings = {"delivery_origins": (THEIRS,), "bars_proxy_url": "https://proxy.example/FHIR/R4"}
    async with (
        databases.lend("referrals") as url,
        running("referrals", database_url=url, data_dir=data_dir, settings=settings) as service,
    ):
        yield service


async def deliver(service: Running, receiver: Callable[[httpx.Request], httpx.Response]) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(receiver)) as client:
        await answer_periodic(Senders(client), ProxyLogin(BarsLogin(), client)).run(service.platform)


async def a_request(service: Running, endpoint: str = f"{THEIRS}/messages", **given: Any) -> dict[str, Any]:
    """A validation request from an endpoint, as a referral of version 1."""
    message = a_validation(header={"source": {"endpoint": endpoint}}, **given)
    own = ids()
    answer = await send(service, message, headers=own, org="RX6", role="hospital-system")
    assert answer.status_code == 200, answer.text
    return {"id": request_of(answer.json())["id"], "version": 1, "message": message, "ids": own}


def urgent(service: Running) -> dict[str, str]:
    return service.token("case-manager", communities=("*",))


async def decide(service: Running, referral: dict[str, Any], **decided: Any) -> dict[str, Any]:
    answer = await act(service, referral, "triage", decided, by=urgent(service))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def statuses(service: Running, referral: dict[str, Any]) -> list[tuple[str, str]]:
    by = service.token("hospital-system", org="RX6")
    answer = await service.client.get("/v1/deliveries", params={"referral": referral["id"]}, headers=by)
    return [(one["outcome"], one["status"]) for one in answer.json()["items"]]


async def test_a_sender_is_told_of_the_acceptance_and_of_the_end(answering: Running) -> None:
    receiver, referral = Receiver(), await a_request(answering)
    accepted = await decide(answering, referral, decision="accept")
    await deliver(answering, receiver)
    case = {"discharged_on": "2026-06-30", "outcome": "goals-met"}
    ended = await answering.client.post(
        f"/v1/cases/{accepted['case_id']}/discharge",
        json=case,
        headers={**urgent(answering), "If-Match": 'W/"1"', "Idempotency-Key": "end"},
    )
    assert ended.status_code in (200, 201), ended.text
    for _ in range(2):
        await deliver(answering, receiver)
    assert receiver.encounters() == [("in-progress", None), ("finished", None)]
    for request, body in receiver.got:
        Bundle.model_validate(body)
        assert str(request.url) == f"{THEIRS}/messages"
        assert request.headers["X-Correlation-Id"] == referral["ids"]["X-Correlation-Id"]
        assert body["entry"][0]["resource"]["response"]["identifier"] == referral["message"]["id"]
    assert await statuses(answering, referral) == [
        ("in-progress", "acknowledged"),
        ("finished", "acknowledged"),
    ]


async def test_a_refusal_says_why(answering: Running) -> None:
    receiver, referral = Receiver(), await a_request(answering)
    await decide(answering, referral, decision="reject", reason_code="no-capacity")
    await deliver(answering, receiver)
    assert receiver.encounters() == [("cancelled", "No place can be offered in time")]


async def test_a_withdrawal_by_a_case_manager_is_told_and_the_senders_own_is_not(answering: Running) -> None:
    receiver, why = Receiver(), {"reason_code": "person-declined"}
    referral, other = await a_request(answering), await a_request(answering)
    for one, by in (
        (referral, urgent(answering)),
        (other, answering.token("hospital-system", org="RX6")),
    ):
        assert (await act(answering, one, "withdraw", why, by=by)).status_code == 200
    await deliver(answering, receiver)
    assert receiver.encounters() == [("cancelled", "The person does not want it")]
    assert await statuses(answering, other) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [("ok", "acknowledged"), ("fatal-error", "not-delivered"), ("transient-error", "sent")],
)
async def test_a_response_to_an_answer_settles_it_and_is_kept(
    answering: Running, code: str, expected: str
) -> None:
    receiver, referral = Receiver(status=503), await a_request(answering)
    await decide(answering, referral, decision="accept")
    await deliver(answering, receiver)
    own, reply = ids(), a_reply(receiver.got[0][1]["id"], code=code)
    answers = [await send(answering, reply, headers=own, org="RX6", role="hospital-system") for _ in range(2)]
    assert answers[0].status_code == 200, answers[0].text
    assert {one["fullUrl"] for one in answers[0].json()["entry"]} == {
        one["fullUrl"] for one in reply["entry"]
    }
    assert told(answers[1]) == (409, "REC_CONFLICT", "duplicate")
    assert await statuses(answering, referral) == [("in-progress", expected)]
    kept = await answering.rows("select raw is not null as kept from fhir_message where act = 'response'")
    assert [one["kept"] for one in kept] == [True]


async def test_a_response_to_nothing_of_ours_to_that_sender_changes_nothing(answering: Running) -> None:
    receiver, referral = Receiver(status=503), await a_request(answering)
    await decide(answering, referral, decision="accept")
    await deliver(answering, receiver)
    reply = a_reply(receiver.got[0][1]["id"])
    unnamed = a_reply("unnamed", code=None)
    answers = [
        await send(answering, reply, org="RRV", role="hospital-system"),
        await send(answering, a_reply("no id"), org="RX6", role="hospital-system"),
        await send(answering, unnamed, org="RX6", role="hospital-system"),
    ]
    assert [told(one) for one in answers] == [
        (404, "REC_NOT_FOUND", "not-found"),
        (404, "REC_NOT_FOUND", "not-found"),
        (400, "REC_BAD_REQUEST", "code-invalid"),
    ]
    assert await statuses(answering, referral) == [("in-progress", "sent")]


async def test_a_refused_message_is_forgotten_after_a_week(answering: Running) -> None:
    await a_request(answering)
    for _ in range(2):
        refused = await send(answering, a_reply("no id"), org="RX6", role="hospital-system")
        assert refused.status_code == 404
    await answering.rows(
        "update fhir_message set received_at = received_at - interval '8 days' where act is not null or id = "
        "(select id from fhir_message where act is null limit 1)"
    )
    await answering.work()
    left = await answering.rows("select act from fhir_message order by received_at")
    assert [one["act"] for one in left] == ["new", None]


async def test_an_answer_is_tried_again_under_the_same_ids_and_a_duplicate_is_a_confirmation(
    answering: Running,
) -> None:
    receiver, referral = Receiver(status=503), await a_request(answering)
    await decide(answering, referral, decision="accept")
    await deliver(answering, receiver)
    await deliver(answering, receiver)
    assert len(receiver.got) == 1, "it waits before it is tried again"
    await answering.rows("update delivery set next_at = created_at")
    receiver.status = 409
    await deliver(answering, receiver)
    assert len({request.headers["X-Request-Id"] for request, _ in receiver.got}) == 1
    assert await statuses(answering, referral) == [("in-progress", "acknowledged")]


async def test_after_five_days_an_answer_is_not_delivered(answering: Running) -> None:
    receiver, referral = Receiver(status=500), await a_request(answering)
    await decide(answering, referral, decision="accept")
    await answering.rows("update delivery set created_at = created_at - interval '5 days'")
    await deliver(answering, receiver)
    assert (receiver.got, await statuses(answering, referral)) == ([], [("in-progress", "not-delivered")])


async def test_a_sender_that_is_dead_is_paused_and_that_is_shown(answering: Running) -> None:
    receiver, referral = Receiver(status=500), await a_request(answering)
    await decide(answering, referral, decision="accept")
    for _ in range(7):
        await answering.rows("update delivery set next_at = created_at")
        await deliver(answering, receiver)
    assert len(receiver.got) == 5
    by = answering.token("hospital-system", org="RX6")
    answer = await answering.client.get("/v1/deliveries", params={"referral": referral["id"]}, headers=by)
    assert answer.json()["items"][0]["paused_until"] is not None


async def test_an_address_that_is_not_listed_is_never_called(answering: Running) -> None:
    receiver, referral = Receiver(), await a_request(answering, endpoint="http://127.0.0.1:9/messages")
    await decide(answering, referral, decision="accept")
    await deliver(answering, receiver)
    assert (receiver.got, await statuses(answering, referral)) == ([], [("in-progress", "sent")])


async def test_a_service_is_reached_through_the_proxy(answering: Running) -> None:
    receiver = Receiver()
    referral = await a_request(answering, endpoint="https://fhir.nhs.uk/Id/dos-service-id|2222222222")
    await decide(answering, referral, decision="accept")
    await deliver(answering, receiver)
    ((request, _),) = receiver.got
    assert str(request.url) == "https://proxy.example/FHIR/R4/$process-message"
    assert "NHSD-Target-Identifier" in request.headers


async def test_what_came_as_json_is_not_answered(answering: Running) -> None:
    from_json = await send(answering, a_message(header={"source": {"endpoint": f"{THEIRS}/x"}}))
    referral = {"id": request_of(from_json.json())["id"], "version": 1}
    await answering.rows("delete from fhir_message")
    assert (
        await act(answering, referral, "triage", {"decision": "accept"}, by=manager(answering))
    ).is_success
    assert await answering.rows("select * from delivery") == []


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        (f"{THEIRS}/a", Target(f"{THEIRS}/a")),
        ("https://999.example.evil.example/a", None),
        ("https://user@999.example/a", None),
        ("http://999.example/a", None),
        ("system|7", Target("https://p/$process-message", ("system", "7"))),
        ("nothing", None),
    ],
)
def test_where_an_answer_may_go(endpoint: str, expected: Target | None) -> None:
    assert target_of(endpoint, proxy="https://p/", origins=(THEIRS,)) == expected


def test_an_answer_waits_longer_each_time_and_an_hour_at_most() -> None:
    waits = [wait_after(attempts).total_seconds() for attempts in (1, 2, 3, 20, 1000)]
    assert waits == [5, 10, 20, 3600, 3600]
