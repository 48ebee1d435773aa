"""Reading a referral: who sees it, what it says, what happened to it, and the audit of that."""

from uuid import uuid4

import pytest

from services.referrals.records.encryption import encrypted_event
from tests.referrals.builders import (
    EAST_PRACTICE,
    KENDAL_PRACTICE,
    a_patient,
    a_referral,
)
from tests.referrals.sending import post
from tests.support.running import Running


async def test_a_referral_is_read_back_as_it_was_sent(referrals: Running) -> None:
    person = a_patient(staying_at="LA14 1LF", ethnicity="A", email="k@example.org", accommodation="own home")
    receipt = await post(referrals, a_referral(patient=person))
    assert receipt.pop("warnings") == []
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    answer = await referrals.client.get(f"/v1/referrals/{receipt['id']}", headers=practice)
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"1"')
    body = answer.json()
    assert {name: body[name] for name in receipt} == receipt
    assert {name: body["patient"][name] for name in person} == person
    assert body["reason"] == "Fall at home; husband is the main carer"
    assert body["requester"] == {"ods": KENDAL_PRACTICE}
    audited = await referrals.rows(
        "select event, outcome from audit where resource_id = $1 order by txid", receipt["id"]
    )
    assert [tuple(row) for row in audited] == [("referral.received", "success"), ("referral.read", "success")]


async def test_no_cache_keeps_what_is_read_of_a_person(referrals: Running) -> None:
    receipt = await post(referrals, a_referral())
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    body = {"nhs_number": a_patient()["nhs_number"]}
    answers = [
        await referrals.client.get(f"/v1/referrals/{receipt['id']}", headers=practice),
        await referrals.client.get("/v1/referrals", headers=practice),
        await referrals.client.post("/v1/referrals/search", json=body, headers=practice),
        await referrals.client.get(f"/v1/referrals/{receipt['id']}/history", headers=practice),
    ]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    assert [answer.headers.get_list("Cache-Control") for answer in answers] == [["no-store"]] * len(answers)


async def test_an_unchanged_referral_is_not_sent_again(referrals: Running) -> None:
    receipt = await post(referrals, a_referral())
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    for tag in ('W/"1"', '"1"', "*"):
        answer = await referrals.client.get(
            f"/v1/referrals/{receipt['id']}", headers={**practice, "If-None-Match": tag}
        )
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", 'W/"1"')
        assert answer.headers.get_list("Cache-Control") == ["no-store"]
    changed = await referrals.client.get(
        f"/v1/referrals/{receipt['id']}", headers={**practice, "If-None-Match": 'W/"2"'}
    )
    assert changed.status_code == 200


@pytest.mark.parametrize(
    ("role", "org", "communities", "status"),
    [
        ("practice-system", KENDAL_PRACTICE, (), 200),  # the registered practice
        ("hospital-system", "RTX", (), 200),  # the sender
        ("partner", "urgent-response", (), 200),  # the team that is to act
        ("case-manager", None, ("kendal",), 200),
        ("case-manager", None, ("south-cumbria",), 200),  # the area above
        ("case-manager", None, ("morecambe-bay",), 200),
        ("case-manager", None, ("*",), 200),
        ("practice-system", EAST_PRACTICE, (), 404),
        ("hospital-system", "RXN", (), 404),
        ("case-manager", None, ("east",), 404),
        ("case-manager", None, ("lancashire", "barrow-and-millom"), 404),
        ("case-manager", None, ("nowhere",), 404),
        ("partner", None, (), 404),
        ("analyst", None, ("*",), 403),
        ("dashboard", None, ("*",), 403),
        ("auditor", None, ("*",), 403),
    ],
)
async def test_who_sees_a_hot_referral_of_a_kendal_patient_sent_by_the_hospital(
    referrals: Running, role: str, org: str | None, communities: tuple[str, ...], status: int
) -> None:
    receipt = await post(referrals, a_referral(pathway="urgent-response"), org="RTX")
    token = referrals.token(role, org=org, communities=communities)
    answers = [
        await referrals.client.get(f"/v1/referrals/{receipt['id']}", headers=token),
        await referrals.client.get(f"/v1/referrals/{receipt['id']}/history", headers=token),
    ]
    assert [answer.status_code for answer in answers] == [status, status]
    if status != 200:
        assert "Archer" not in answers[0].text
        refused = await referrals.rows("select outcome, resource_id from audit where outcome = 'refused'")
        assert [tuple(row) for row in refused] == [("refused", receipt["id"])] * 2


async def test_what_does_not_exist_looks_like_what_is_foreign(referrals: Running) -> None:
    receipt = await post(referrals, a_referral())
    other = referrals.token("practice-system", org=EAST_PRACTICE)
    foreign = await referrals.client.get(f"/v1/referrals/{receipt['id']}", headers=other)
    missing = await referrals.client.get(f"/v1/referrals/{uuid4()}", headers=other)
    without = [
        {name: value for name, value in answer.json().items() if name not in {"instance", "request_id"}}
        for answer in (foreign, missing)
    ]
    assert without[0] == without[1]
    assert without[0]["code"] == "not_found"


async def test_an_id_that_is_none_is_refused(referrals: Running) -> None:
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    answer = await referrals.client.get("/v1/referrals/kathy", headers=practice)
    assert (answer.status_code, answer.json()["code"]) == (400, "id.format")
    assert "kathy" not in answer.text


async def test_history_says_what_happened_when_and_by_whom(referrals: Running) -> None:
    receipt = await post(referrals, a_referral())
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    answer = await referrals.client.get(f"/v1/referrals/{receipt['id']}/history", headers=practice)
    assert answer.json() == {
        "items": [
            {
                "event": "referral.received",
                "at": receipt["received_at"],
                "by": f"local:practice-system:{KENDAL_PRACTICE}",
            }
        ]
    }


async def test_the_audit_says_whose_referral_was_read_and_in_which_version(referrals: Running) -> None:
    receipt = await post(referrals, a_referral())
    await referrals.rows("update referral set version = 3")
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    for address in ("", "/history"):
        answer = await referrals.client.get(f"/v1/referrals/{receipt['id']}{address}", headers=practice)
        assert answer.status_code == 200
    audited = await referrals.rows(
        "select event, resource_id, version_before, version_after, person_key from audit order by txid"
    )
    received, *read = [tuple(row) for row in audited]
    person = received[-1]
    assert person is not None
    assert read == [
        ("referral.read", receipt["id"], 3, 3, person),
        ("referral.history-read", receipt["id"], 3, 3, person),
    ]


async def test_history_tells_events_of_one_instant_in_the_order_in_which_they_happened(
    referrals: Running,
) -> None:
    receipt = await post(referrals, a_referral())
    names = ("referral.accepted", "case.opened", "referral.closed")
    ids = sorted(
        (uuid4() for _ in names), reverse=True
    )  # random within a millisecond; here the worst of luck
    keyring = referrals.platform.keyring
    await referrals.rows(
        "insert into referral_event (id, referral_id, event, at, by_client, payload)"
        " select id, $1, event, now(), 'case-manager', payload"
        "   from unnest($2::uuid[], $3::text[], $4::bytea[]) with ordinality as new (id, event, payload, n) order by n",
        receipt["id"],
        ids,
        names,
        [encrypted_event(keyring, {}, row=one) for one in ids],
    )
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    answer = await referrals.client.get(f"/v1/referrals/{receipt['id']}/history", headers=practice)
    assert [item["event"] for item in answer.json()["items"]] == ["referral.received", *names]
