"""`POST /v1/referrals`: what is refused, stored and answered, over HTTP and a real PostgreSQL."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.referrals.builders import EAST_PRACTICE, KENDAL_PRACTICE, a_patient, a_referral, keyed
from tests.support.databases import database_copy
from tests.support.running import Running, running

FAULTS: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("no number", {"patient": a_patient(nhs_number=None)}, [("nhs_number.required", "/patient/nhs_number")]),
    ("empty number", {"patient": a_patient(nhs_number="")}, [("nhs_number.required", "/patient/nhs_number")]),
    (
        "number as number",
        {"patient": a_patient(nhs_number=9990000018)},
        [("nhs_number.type", "/patient/nhs_number")],
    ),
    (
        "mistyped",
        {"patient": a_patient(nhs_number="9990000019")},
        [("nhs_number.checksum", "/patient/nhs_number")],
    ),
    (
        "filler",
        {"patient": a_patient(nhs_number="1111111111")},
        [("nhs_number.repeated_digits", "/patient/nhs_number")],
    ),
    ("short", {"patient": a_patient(nhs_number="999000001")}, [("nhs_number.length", "/patient/nhs_number")]),
    (
        "letters",
        {"patient": a_patient(nhs_number="999000001X")},
        [("nhs_number.format", "/patient/nhs_number")],
    ),
    (
        "no system",
        {"patient": a_patient(nhs_number=None, local_id="7")},
        [("body.required", "/patient/local_system")],
    ),
    ("no family", {"patient": a_patient(family=None)}, [("body.required", "/patient/family")]),
    ("blank family", {"patient": a_patient(family="  ")}, [("text.blank", "/patient/family")]),
    ("bidi", {"patient": a_patient(given="Ka\u202ethy")}, [("text.bidi_control", "/patient/given")]),
    ("control", {"patient": a_patient(given="Ka\u0007thy")}, [("text.control_character", "/patient/given")]),
    ("too long", {"patient": a_patient(family="x" * 256)}, [("text.too_long", "/patient/family")]),
    ("no birth date", {"patient": a_patient(birth_date=None)}, [("body.required", "/patient/birth_date")]),
    (
        "no such day",
        {"patient": a_patient(birth_date="1938-02-30")},
        [("date.invalid", "/patient/birth_date")],
    ),
    (
        "written otherwise",
        {"patient": a_patient(birth_date="11/02/1938")},
        [("date.format", "/patient/birth_date")],
    ),
    (
        "future birth",
        {"patient": a_patient(birth_date="2999-01-01")},
        [("date.future", "/patient/birth_date")],
    ),
    (
        "too old",
        {"patient": a_patient(birth_date="1890-01-01")},
        [("date.implausible", "/patient/birth_date")],
    ),
    ("born after", {"patient": a_patient(birth_date="2026-06-13")}, [("date.order", "/patient/birth_date")]),
    ("gender", {"patient": a_patient(gender="f")}, [("enum", "/patient/gender")]),
    ("postcode", {"patient": a_patient(postcode="LA9")}, [("postcode.format", "/patient/postcode")]),
    ("stay", {"patient": a_patient(staying_at="here")}, [("postcode.format", "/patient/staying_at")]),
    ("phone", {"patient": a_patient(phone="call me")}, [("phone.format", "/patient/phone")]),
    ("email", {"patient": a_patient(email="kathy")}, [("email.format", "/patient/email")]),
    (
        "practice",
        {"patient": a_patient(registered_practice="a82026")},
        [("ods.format", "/patient/registered_practice")],
    ),
    ("ethnicity", {"patient": a_patient(ethnicity="Q")}, [("code.unknown", "/patient/ethnicity")]),
    ("unknown member", {"patient": a_patient(shoe_size=7)}, [("body.unknown_field", "/patient/shoe_size")]),
    (
        "no person",
        {"patient": {"family": "Archer", "birth_date": "1938-02-11"}},
        [("nhs_number.required", "/patient/nhs_number")],
    ),
    ("no requester", {"requester": None}, [("body.required", "/requester")]),
    ("an unreadable code asks", {"requester": {"ods": 5}}, [("body.type", "/requester/ods")]),
    ("nobody asks", {"requester": {"role": "gp"}}, [("body.required", "/requester")]),
    (
        "two ask",
        {"requester": {"ods": KENDAL_PRACTICE, "self": True}},
        [("requester.mismatch", "/requester")],
    ),
    ("another asks", {"requester": {"ods": EAST_PRACTICE}}, [("requester.mismatch", "/requester/ods")]),
    ("partner asks", {"requester": {"partner": "age-uk"}}, [("requester.mismatch", "/requester/partner")]),
    ("no instant", {"referred_at": None}, [("body.required", "/referred_at")]),
    ("no offset", {"referred_at": "2026-06-12T09:30:00"}, [("date.offset_required", "/referred_at")]),
    ("a date only", {"referred_at": "2026-06-12"}, [("date.format", "/referred_at")]),
    ("tomorrow", {"referred_at": "2999-06-12T09:30:00Z"}, [("date.future", "/referred_at")]),
    (
        "before the calendar",
        {"referred_at": "0001-01-01T00:00:00+12:00"},
        [("date.invalid", "/referred_at")],
    ),
    ("before the NHS", {"referred_at": "1947-06-12T09:30:00Z"}, [("date.implausible", "/referred_at")]),
    ("pathway", {"pathway": "magic"}, [("enum", "/pathway")]),
    ("priority", {"priority": "asap"}, [("enum", "/priority")]),
    ("no system of the code", {"reason_system": None}, [("body.required", "/reason_system")]),
    ("no code of the system", {"reason_code": None}, [("body.required", "/reason_code")]),
    ("another system", {"reason_system": "http://example.org"}, [("code.system_unknown", "/reason_system")]),
    ("no SNOMED id", {"reason_code": "fall"}, [("code.invalid", "/reason_code")]),
    ("no legal basis", {"legal_basis": None}, [("legal_basis.required", "/legal_basis")]),
    ("legal basis", {"legal_basis": "because"}, [("enum", "/legal_basis")]),
    ("icc", {"icc": "carlisle"}, [("icc.unknown", "/icc")]),
    ("bay", {"icc": "bay"}, [("icc.ambiguous", "/icc")]),
    ("group", {"icc": "barrow-and-millom"}, [("icc.ambiguous", "/icc")]),
    ("whole", {"icc": "morecambe-bay"}, [("icc.unknown", "/icc")]),
    (
        "several at once, of shape and of content",
        {
            "patient": a_patient(nhs_number="9990000019", postcode="LA9", birth_date="2999-01-01"),
            "pathway": "magic",
        },
        [
            ("nhs_number.checksum", "/patient/nhs_number"),
            ("postcode.format", "/patient/postcode"),
            ("date.future", "/patient/birth_date"),
            ("enum", "/pathway"),
        ],
    ),
]
# No bare year: four digits also occur by chance in a ciphertext's hexadecimal.
SECRETS = (
    "Archer",
    "Kathy",
    "9990000018",
    "1938-02-11",
    "LA9 4JE",
    "LA94JE",
    "01539 722000",
    "main carer",
    "Dr A Example",
)


@pytest.fixture
def practice(referrals: Running) -> dict[str, str]:
    return referrals.token("practice-system", org=KENDAL_PRACTICE)


async def test_a_referral_is_routed_stored_and_acknowledged(
    referrals: Running, practice: dict[str, str]
) -> None:
    answer = await referrals.client.post("/v1/referrals", json=a_referral(), headers=keyed(practice))
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert answer.headers["Location"] == f"/v1/referrals/{body['id']}"
    assert answer.headers["ETag"] == 'W/"1"'
    assert (body["status"], body["icc"], body["team"]) == ("received", "kendal", "kendal-icc")
    assert (body["identity"], body["version"], body["case_id"]) == ("nhs-number", 1, None)
    assert "possible_duplicate_of" not in body
    counts = {
        table: (await referrals.rows(f"select count(*) from {table}"))[0][0]  # noqa: S608 - names of this test
        for table in ("referral", "referral_event", "idempotency", "fact_event", "referral_message")
    }
    assert counts == {
        "referral": 1,
        "referral_event": 1,
        "idempotency": 1,
        "fact_event": 1,
        "referral_message": 0,
    }
    audited = await referrals.rows("select event, outcome, org, resource_id from audit")
    assert [tuple(row) for row in audited] == [("referral.received", "success", KENDAL_PRACTICE, body["id"])]


async def test_every_fault_is_named_with_its_place_and_nothing_is_repeated(
    referrals: Running, practice: dict[str, str]
) -> None:
    found = {}
    for name, changes, _ in FAULTS:
        answer = await referrals.client.post(
            "/v1/referrals", json=a_referral(**changes), headers=keyed(practice)
        )
        problem = answer.json()
        assert answer.status_code == 422, (name, answer.text)
        assert problem["code"] == problem["errors"][0]["code"], name
        assert not any(secret in answer.text for secret in SECRETS), name
        found[name] = sorted((error["code"], error["pointer"]) for error in problem["errors"])
    assert found == {name: sorted(expected) for name, _, expected in FAULTS}
    assert await referrals.rows("select 1 from referral") == []


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"{", 400, "body.json"),
        (b"[]", 422, "body.type"),
        (b'{"pathway": "a", "pathway": "b"}', 400, "body.duplicate_key"),
    ],
)
async def test_what_is_no_referral_at_all_is_refused(
    referrals: Running, practice: dict[str, str], raw: bytes, status: int, code: str
) -> None:
    headers = {**keyed(practice), "Content-Type": "application/json"}
    answer = await referrals.client.post("/v1/referrals", content=raw, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_referral_needs_a_key_or_a_message_id(referrals: Running, practice: dict[str, str]) -> None:
    answer = await referrals.client.post("/v1/referrals", json=a_referral(), headers=practice)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency.required")


async def test_fifty_posts_of_one_key_make_one_referral(referrals: Running, practice: dict[str, str]) -> None:
    headers = keyed(practice)
    answers = await asyncio.gather(
        *(referrals.client.post("/v1/referrals", json=a_referral(), headers=headers) for _ in range(50))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    for table in ("referral", "referral_event", "idempotency", "fact_event"):
        assert (await referrals.rows(f"select count(*) from {table}"))[0][0] == 1  # noqa: S608 - names of this test


async def test_a_key_with_another_body_is_a_conflict(referrals: Running, practice: dict[str, str]) -> None:
    headers = keyed(practice)
    await referrals.client.post("/v1/referrals", json=a_referral(), headers=headers)
    answer = await referrals.client.post("/v1/referrals", json=a_referral(reason="Another"), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency.body_mismatch")


async def test_a_refused_request_does_not_use_its_key_up(
    referrals: Running, practice: dict[str, str]
) -> None:
    headers = keyed(practice)
    refused = await referrals.client.post("/v1/referrals", json=a_referral(pathway="magic"), headers=headers)
    accepted = await referrals.client.post("/v1/referrals", json=a_referral(), headers=headers)
    assert (refused.status_code, accepted.status_code) == (422, 201)


async def test_a_message_is_taken_once_for_ever_whatever_its_key(
    referrals: Running, practice: dict[str, str]
) -> None:
    document = a_referral(message_id=str(uuid4()))
    first = await referrals.client.post("/v1/referrals", json=document, headers=practice)
    again = await referrals.client.post("/v1/referrals", json=document, headers=keyed(practice))
    other = await referrals.client.post(
        "/v1/referrals", json={**document, "reason": "Another"}, headers=keyed(practice)
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.body_mismatch")
    assert len(await referrals.rows("select 1 from referral")) == 1


async def test_a_taken_key_leaves_no_message_without_its_referral(
    referrals: Running, practice: dict[str, str]
) -> None:
    headers = keyed(practice)
    await referrals.client.post("/v1/referrals", json=a_referral(message_id="one"), headers=headers)
    refused = await referrals.client.post("/v1/referrals", json=a_referral(message_id="two"), headers=headers)
    mended = await referrals.client.post("/v1/referrals", json=a_referral(message_id="two"), headers=practice)
    assert (refused.status_code, mended.status_code) == (409, 201)


async def test_message_ids_of_two_organisations_do_not_meet(
    referrals: Running, practice: dict[str, str]
) -> None:
    other = referrals.token("practice-system", org=EAST_PRACTICE)
    ours = a_referral(message_id="1")
    theirs = a_referral(message_id="1", requester={"ods": EAST_PRACTICE})
    answers = [
        await referrals.client.post("/v1/referrals", json=ours, headers=practice),
        await referrals.client.post("/v1/referrals", json=theirs, headers=other),
    ]
    assert [answer.status_code for answer in answers] == [201, 201]


async def test_nothing_that_identifies_the_person_is_stored_in_the_clear(
    referrals: Running, practice: dict[str, str]
) -> None:
    document = a_referral(
        message_id=str(uuid4()), patient=a_patient(staying_at="LA14 1LF", email="kathy@example.org")
    )
    answer = await referrals.client.post("/v1/referrals", json=document, headers=keyed(practice))
    assert answer.status_code == 201
    await referrals.client.get(answer.headers["Location"], headers=practice)
    await referrals.work()
    tables = await referrals.rows("select tablename from pg_tables where schemaname = 'public'")
    stored = {
        name: " ".join(row[0] for row in await referrals.rows(f'select t::text from "{name}" t'))  # noqa: S608 - from the catalogue
        for (name,) in tables
    }
    assert "kendal" in stored["referral"]
    for name, content in stored.items():
        for secret in (*SECRETS, "LA14 1LF", "kathy@example.org"):
            assert secret not in content, name
            assert secret.encode().hex() not in content, name


async def test_an_open_referral_of_the_same_person_is_named_to_those_who_may_read_it(
    referrals: Running, practice: dict[str, str]
) -> None:
    other = referrals.token("practice-system", org=EAST_PRACTICE)
    elsewhere = a_referral(
        patient=a_patient(registered_practice=EAST_PRACTICE), requester={"ods": EAST_PRACTICE}
    )
    foreign = await referrals.client.post("/v1/referrals", json=elsewhere, headers=keyed(other))
    headers = keyed(practice)
    second = await referrals.client.post("/v1/referrals", json=a_referral(), headers=headers)
    third = await referrals.client.post("/v1/referrals", json=a_referral(), headers=keyed(practice))
    replay = await referrals.client.post("/v1/referrals", json=a_referral(), headers=headers)
    assert "possible_duplicate_of" not in foreign.json()
    assert "possible_duplicate_of" not in second.json()
    assert third.json()["possible_duplicate_of"] == second.json()["id"]
    assert replay.content == second.content


async def test_a_replay_repeats_the_possible_duplicate(referrals: Running, practice: dict[str, str]) -> None:
    first = await referrals.client.post("/v1/referrals", json=a_referral(), headers=keyed(practice))
    headers = keyed(practice)
    second = await referrals.client.post("/v1/referrals", json=a_referral(), headers=headers)
    replay = await referrals.client.post("/v1/referrals", json=a_referral(), headers=headers)
    assert second.json()["possible_duplicate_of"] == first.json()["id"]
    assert replay.content == second.content


async def test_a_person_without_a_number_is_taken_for_tracing(
    referrals: Running, practice: dict[str, str]
) -> None:
    person = a_patient(nhs_number=None, local_id="H-7", local_system="https://housing.example/person")
    answer = await referrals.client.post(
        "/v1/referrals", json=a_referral(patient=person), headers=keyed(practice)
    )
    assert (answer.status_code, answer.json()["identity"]) == (201, "tracing")


async def test_a_failing_number_goes_to_tracing_where_the_policy_says_so(servers: Any, data_dir: Any) -> None:
    async with (
        database_copy(servers.database_url, "referrals") as url,
        running(
            "referrals", database_url=url, data_dir=data_dir, settings={"nhs_number_policy": "trace"}
        ) as service,
    ):
        practice = service.token("practice-system", org=KENDAL_PRACTICE)
        document = a_referral(patient=a_patient(nhs_number="9990000019"))
        answer = await service.client.post("/v1/referrals", json=document, headers=keyed(practice))
        shown = await service.client.get(answer.headers["Location"], headers=practice)
    assert (answer.status_code, answer.json()["identity"]) == (201, "tracing")
    assert shown.json()["patient"]["nhs_number"] == "9990000019"


async def test_test_numbers_are_refused_in_production(servers: Any, data_dir: Any) -> None:
    async with database_copy(servers.database_url, "referrals") as url:
        async with running("referrals", database_url=url, data_dir=data_dir) as service:
            practice = service.token("practice-system", org=KENDAL_PRACTICE)
        async with running(
            "referrals", database_url=url, data_dir=data_dir, settings={"environment": "production"}
        ) as service:
            answer = await service.client.post("/v1/referrals", json=a_referral(), headers=keyed(practice))
    assert (answer.status_code, answer.json()["code"]) == (422, "nhs_number.test_range")


@pytest.mark.parametrize(
    ("patient", "changes", "icc", "team"),
    [
        ({"registered_practice": "B86001", "staying_at": "LA9 4JE"}, {}, "kendal", "kendal-icc"),
        ({"registered_practice": None}, {}, "unrouted", "unrouted"),
        ({}, {"icc": "east"}, "east", "east-icc"),
        ({}, {"pathway": "urgent-response", "priority": "two-hour"}, "kendal", "urgent-response"),
        ({"registered_practice": "P81002"}, {"pathway": "discharge-to-assess"}, "lancaster", "icat"),
    ],
)
async def test_a_referral_finds_its_community_and_team(
    *,
    referrals: Running,
    practice: dict[str, str],
    patient: dict[str, Any],
    changes: dict[str, Any],
    icc: str,
    team: str,
) -> None:
    document = a_referral(patient=a_patient(**patient), **changes)
    answer = await referrals.client.post("/v1/referrals", json=document, headers=keyed(practice))
    assert (answer.status_code, answer.json()["icc"], answer.json()["team"]) == (201, icc, team)


async def test_the_two_hours_start_at_receipt_however_old_the_referral(
    referrals: Running, practice: dict[str, str]
) -> None:
    document = a_referral(referred_at="2019-03-04T10:00:00Z", pathway="urgent-response", priority=None)
    body = (await referrals.client.post("/v1/referrals", json=document, headers=keyed(practice))).json()
    received, start_by = (
        datetime.fromisoformat(text) for text in (body["received_at"], body["due"]["start_by"])
    )
    assert start_by - received == timedelta(hours=2)
    assert (body["priority"], body["referred_at"]) == ("two-hour", "2019-03-04T10:00:00Z")


async def test_every_optional_member_is_accepted(referrals: Running, practice: dict[str, str]) -> None:
    person = a_patient(
        ethnicity="A",
        accommodation="sheltered housing",
        staying_at="la9 4je",
        birth_date_estimated=True,
        email="k@example.org",
    )
    document = a_referral(patient=person, ethnicity="A", icc="kendal", message_id="m-1")
    document["patient"]["nhs_number"] = "999 000 0018"
    content = json.dumps({**document, "icc": None, "reason": None})
    headers = {**keyed(practice), "Content-Type": "application/json"}
    answer = await referrals.client.post("/v1/referrals", content=content, headers=headers)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("role", "org", "requester", "status"),
    [
        ("hospital-system", "RTX", {"ods": "RTX"}, 201),
        ("hospital-system", "RTX", {"ods": KENDAL_PRACTICE}, 422),
        ("partner", "age-uk", {"partner": "age-uk"}, 201),
        ("partner", "age-uk", {"self": True}, 201),
        ("analyst", None, {"self": True}, 403),
        ("case-manager", "kendal-icc", {"partner": "kendal-icc"}, 403),
    ],
)
async def test_who_may_refer(
    referrals: Running, role: str, org: str | None, requester: dict[str, Any], status: int
) -> None:
    headers = keyed(referrals.token(role, org=org))
    answer = await referrals.client.post(
        "/v1/referrals", json=a_referral(requester=requester), headers=headers
    )
    assert answer.status_code == status, answer.text
