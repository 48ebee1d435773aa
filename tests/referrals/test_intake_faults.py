"""`POST /v1/referrals`: what is refused, with the place of every fault."""

from typing import Any

import pytest

from tests.referrals.builders import EAST_PRACTICE, KENDAL_PRACTICE, SECRETS, a_patient, a_referral, keyed
from tests.support.running import Running

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
    ("gender as number", {"patient": a_patient(gender=1)}, [("body.type", "/patient/gender")]),
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
    ("priority as number", {"priority": 1}, [("body.type", "/priority")]),
    ("no system of the code", {"reason_system": None}, [("body.required", "/reason_system")]),
    ("no code of the system", {"reason_code": None}, [("body.required", "/reason_code")]),
    ("another system", {"reason_system": "http://example.org"}, [("code.system_unknown", "/reason_system")]),
    ("no SNOMED id", {"reason_code": "fall"}, [("code.invalid", "/reason_code")]),
    ("a mistyped SNOMED id", {"reason_code": "161898005"}, [("code.invalid", "/reason_code")]),
    ("a description's SNOMED id", {"reason_code": "37436014"}, [("code.invalid", "/reason_code")]),
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
    ("named", "advised"),
    [
        (
            "carlisle",
            "one of barrow, millom, mid-furness, grange-and-lakes, kendal, east, lancaster, bay-icc;",
        ),
        ("A82026", "one of barrow, millom, mid-furness, grange-and-lakes, kendal, east, lancaster, bay-icc;"),
        ("barrow-and-millom", "one of barrow, millom."),
        ("bay", "“morecambe-bay” or “bay-icc”"),
    ],
)
async def test_a_community_that_cannot_be_named_is_answered_with_those_that_can(
    referrals: Running, practice: dict[str, str], named: str, advised: str
) -> None:
    answer = await referrals.client.post("/v1/referrals", json=a_referral(icc=named), headers=keyed(practice))
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == "/icc"
    assert advised in fault["detail"]


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


@pytest.mark.parametrize("referred_at", ["0001-01-01T00:01:04Z", "9999-12-31T23:59:59-14:00"])
async def test_an_instant_at_the_end_of_the_calendar_is_a_fault_among_others(
    referrals: Running, practice: dict[str, str], referred_at: str
) -> None:
    body = {**a_referral(referred_at=referred_at), "priority": 7}
    answer = await referrals.client.post("/v1/referrals", json=body, headers=keyed(practice))
    assert answer.status_code == 422
    assert {"/referred_at", "/priority"} <= {fault["pointer"] for fault in answer.json()["errors"]}


async def test_a_mistyped_pathway_is_told_the_nearest(referrals: Running, practice: dict[str, str]) -> None:
    document = a_referral(pathway="case-managment")
    answer = await referrals.client.post("/v1/referrals", json=document, headers=keyed(practice))
    (fault,) = answer.json()["errors"]
    assert fault["detail"] == "The pathways are listed at /v1/pathways. Did you mean case-management?"
