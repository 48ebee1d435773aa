"""Updates and cancellations by message: versions, stale ones, and every order in which they may arrive."""

import asyncio
import itertools
from typing import Any
from uuid import uuid4

import pytest

from tests.referrals.acting import act, change, manager, read
from tests.referrals.messages import NHS_NUMBER, a_message, a_validation, ids, request_of, send, told
from tests.support.running import Running

CONFLICT = (409, "REC_CONFLICT", "conflict")


def at(minute: int) -> str:
    return f"2026-06-12T09:{minute:02}:00.0000000+01:00"


async def taken(service: Running, message: dict[str, Any], **given: Any) -> dict[str, Any]:
    answer = await send(service, message, **given)
    assert answer.status_code == 200, answer.text
    return request_of(answer.json())


def an_update(request_id: str, minute: int, **resources: Any) -> dict[str, Any]:
    return a_message(reason="update", request_id=request_id, changed_at=at(minute), **resources)


def a_cancellation(
    request_id: str, minute: int, *, reason: str = "update", status: str = "revoked"
) -> dict[str, Any]:
    """A short message: header, request, patient, two organisations."""
    left_out: dict[str, Any] = dict.fromkeys(
        ("encounter", "plan", "practice", "doctor", "role", "service", "consent")
    )
    unlinked: dict[str, Any] = dict.fromkeys(("basedOn", "encounter", "requester", "performer"))
    return a_message(
        reason=reason,
        status=status,
        request_id=request_id,
        changed_at=at(minute),
        request=unlinked,
        patient={"generalPractitioner": None},
        **left_out,
    )


def named(family: str) -> dict[str, Any]:
    return {"name": [{"family": family, "given": ["Kathy"]}]}


async def test_an_update_is_applied_and_every_version_kept(referrals: Running) -> None:
    made = await taken(referrals, a_message(changed_at=at(0)))
    phone = {"contact": [{"telecom": [{"system": "phone", "value": "01539 722001"}]}]}
    updated = await taken(referrals, an_update(made["id"], 1, patient={**named("Archer-Hill"), **phone}))
    assert (updated["id"], updated["meta"]["versionId"]) == (made["id"], "2")
    patient = (await read(referrals, made))["patient"]
    assert (patient["family"], patient["phone"], patient["postcode"]) == (
        "Archer-Hill",
        "01539 722001",
        "LA9 4JE",
    )
    kept = await referrals.rows("select act, raw is not null as kept from fhir_message order by received_at")
    assert [(one["act"], one["kept"]) for one in kept] == [("new", True), ("update", True)]


async def test_a_stale_update_changes_nothing(referrals: Running) -> None:
    made = await taken(referrals, a_message(changed_at=at(0)))
    await taken(referrals, an_update(made["id"], 2, patient=named("Second")))
    own, stale = ids(), an_update(made["id"], 1, patient=named("First"))
    assert told(await send(referrals, stale, headers=own)) == CONFLICT
    assert told(await send(referrals, stale, headers=own)) == CONFLICT
    assert (await read(referrals, made))["patient"]["family"] == "Second"


@pytest.mark.parametrize(
    ("reason", "status", "because"),
    [
        ("update", "revoked", None),
        ("delete", "revoked", None),
        ("delete", "entered-in-error", "sent-in-error"),
    ],
)
async def test_a_cancellation_withdraws_and_a_second_one_is_a_conflict(
    referrals: Running, practice: dict[str, str], reason: str, status: str, because: str | None
) -> None:
    made = await taken(referrals, a_message(changed_at=at(0)))
    await taken(referrals, a_cancellation(made["id"], 1, reason=reason, status=status))
    assert (await read(referrals, made))["status"] == "withdrawn"
    history = await referrals.client.get(f"/v1/referrals/{made['id']}/history", headers=practice)
    assert history.json()["items"][-1].get("reason_code") == because
    assert told(await send(referrals, a_cancellation(made["id"], 2))) == CONFLICT
    assert told(await send(referrals, an_update(made["id"], 3))) == CONFLICT


async def test_a_request_that_is_not_there_or_anothers_is_not_found(referrals: Running) -> None:
    made = await taken(referrals, a_message(changed_at=at(0)))
    unknown = await send(referrals, a_cancellation(str(uuid4()), 1))
    foreign = await send(referrals, an_update(made["id"], 1), org="A82041")
    assert [told(one) for one in (unknown, foreign)] == [(404, "REC_NOT_FOUND", "not-found")] * 2
    nameless = await send(referrals, a_message(reason="update", changed_at=at(1)))
    assert told(nameless) == (400, "REC_BAD_REQUEST", "required")


async def test_a_number_that_comes_later_is_the_persons_and_another_one_is_refused(
    referrals: Running,
) -> None:
    made = await taken(referrals, a_validation(patient={"identifier": None}, changed_at=at(0)))
    later = a_validation(reason="update", request_id=made["id"], changed_at=at(1))
    await taken(referrals, later)
    now = await read(referrals, made)
    assert (now["identity"], now["patient"]["nhs_number"]) == ("nhs-number", "9990000018")
    other = {"identifier": [{"system": NHS_NUMBER, "value": "9990000026"}]}
    wrong = a_validation(reason="update", request_id=made["id"], changed_at=at(2), patient=other)
    assert told(await send(referrals, wrong)) == CONFLICT


async def test_an_update_does_not_uncover_an_address_that_was_hidden(referrals: Running) -> None:
    made = await taken(referrals, a_message(changed_at=at(0)))
    hidden = {"patient": {"flags": [{"kind": "hidden-address"}]}}
    standing = await read(referrals, made)
    assert (await change(referrals, standing, hidden, by=manager(referrals))).status_code == 200
    await taken(referrals, an_update(made["id"], 1))
    assert "postcode" not in (await read(referrals, made))["patient"]


async def test_a_cancellation_ends_the_case_that_was_opened(referrals: Running) -> None:
    made = await taken(referrals, a_message(changed_at=at(0)))
    standing = await read(referrals, made)
    await act(referrals, standing, "triage", {"decision": "accept"}, by=manager(referrals))
    await taken(referrals, an_update(made["id"], 1, patient=named("Later")))
    await taken(referrals, a_cancellation(made["id"], 2))
    assert (await read(referrals, made))["status"] == "withdrawn"


async def test_every_order_of_messages_ends_in_one_right_state(referrals: Running) -> None:
    """Of two updates, the newer one again as a retry, and a cancellation."""
    for order in itertools.permutations(range(4)):
        made = await taken(referrals, a_message(changed_at=at(0)))
        older = (an_update(made["id"], 1, patient=named("Older")), ids())
        newer = (an_update(made["id"], 2, patient=named("Newer")), ids())
        messages = [older, newer, newer, (a_cancellation(made["id"], 3), ids())]
        for which in order:
            message, own = messages[which]
            assert (await send(referrals, message, headers=own)).status_code in (200, 409)
        before = set(order[: order.index(3)])
        expected = "Newer" if before & {1, 2} else "Older" if 0 in before else "Archer"
        ended = await read(referrals, made)
        assert (ended["status"], ended["patient"]["family"]) == ("withdrawn", expected), order


async def test_updates_at_once_leave_the_newest(referrals: Running) -> None:
    made = await taken(referrals, a_message(changed_at=at(0)))
    updates = [
        an_update(made["id"], minute, patient=named(f"Name{'abcdefgh'[minute]}")) for minute in range(1, 8)
    ]
    answers = await asyncio.gather(*(send(referrals, one) for one in updates))
    assert {one.status_code for one in answers} <= {200, 409}
    assert (await read(referrals, made))["patient"]["family"] == "Nameh"
