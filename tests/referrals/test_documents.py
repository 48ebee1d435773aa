"""Care plan and discharge summary as documents: who gets them, what stands in them, where that is recorded."""

import io
from datetime import UTC
from typing import Any

import httpx
import pytest
from fhir.resources.R4B.bundle import Bundle
from pypdf import PdfReader
from pypdf.generic import BooleanObject, DictionaryObject

from services.referrals.printing.composing import CPR_CODES, DISCHARGE_SUMMARY, REFERRALS
from services.referrals.records.snomed import concept_fault
from tests.referrals.acting import manager
from tests.referrals.builders import EAST_PRACTICE, KENDAL_PRACTICE, a_referral
from tests.referrals.casework import ASSESSMENT, DISCHARGE, PLAN, REVIEW, a_case, listed, worked
from tests.referrals.moments import at, london
from tests.support.running import Running

PAPERS = ("care-plan.pdf", "summary.pdf", "summary.json")


@pytest.fixture(autouse=True)
def _today(referrals: Running) -> Any:
    with at(referrals, london("2026-07-22").astimezone(UTC)):
        yield


async def _planned(service: Running, plan: dict[str, Any] = PLAN, **referral: Any) -> dict[str, Any]:
    case = await a_case(service, a_referral(**referral) if referral else None)
    answer = await service.client.put(
        f"/v1/cases/{case['id']}/care-plan", json=plan, headers={**manager(service), "If-Match": "*"}
    )
    assert answer.status_code == 200, answer.text
    return case


async def _discharged(service: Running, plan: dict[str, Any] = PLAN) -> dict[str, Any]:
    case = await worked(service, await _planned(service, plan), "assessments", ASSESSMENT)
    case = await worked(service, case, "reviews", REVIEW)
    case = await worked(
        service, case, "onward-referrals", {"service": "social-prescribing", "reason": "Company"}
    )
    avoided = [{"kind": "hospital-admission", "count": 1, "judged_by": "case-manager"}]
    return await worked(service, case, "discharge", {**DISCHARGE, "avoided": avoided})


async def _get(
    service: Running, case: dict[str, Any], what: str, by: dict[str, str] | None = None
) -> httpx.Response:
    return await service.client.get(f"/v1/cases/{case['id']}/{what}", headers=by or manager(service))


def _text(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


async def test_a_plan_on_paper_says_what_the_plan_says_flags_first(referrals: Running) -> None:
    sent = a_referral()
    sent["patient"]["flags"] = [{"kind": "interpreter", "text": "Polish, #emph[by telephone]"}]
    case = await a_case(referrals, sent)
    headers = {**manager(referrals), "If-Match": "*"}
    await referrals.client.put(f"/v1/cases/{case['id']}/care-plan", json=PLAN, headers=headers)
    text = _text(await _get(referrals, case, "care-plan.pdf"))
    said = (
        "Interpreter: Polish, #emph[by telephone]",
        "Kathy Archer",
        "999 000 0018",
        "11 February 1938",
        "Do NOT attempt cardiopulmonary resuscitation",
        "this paper is no valid form",
        "To walk to the shop",
        "Rails for the stairs",
        "1 August 2026",
        "Wants to stay at home",
        "Bill Archer",
        "To be reviewed on 20 September 2026",
        "22 July 2026",
        "Page 1 of 1",
    )
    assert [one for one in said if one not in text] == []
    assert text.index("Interpreter") < text.index("Do NOT attempt") < text.index("To walk to the shop")


async def test_a_plan_as_long_as_plans_may_be_is_printed_whole(referrals: Running) -> None:
    plan = {
        **PLAN,
        "goals": [{"text": f"Goal number {place}"} for place in range(50)],
        "actions": [{"text": f"Action number {place}", "owner": "Łukasz Ŵyn"} for place in range(50)],
        "contacts": [{"name": f"Contact number {place}", "relationship": "friend"} for place in range(20)],
    }
    answer = await _get(referrals, await _planned(referrals, plan), "care-plan.pdf")
    text = _text(answer)
    named = [
        f"{what} number {place}" for what, most in (("Goal", 50), ("Action", 50)) for place in range(most)
    ]
    assert [one for one in named if one not in text] == []
    assert "Łukasz Ŵyn" in text
    assert f"Page 2 of {len(PdfReader(io.BytesIO(answer.content)).pages)}" in text


async def test_a_character_that_no_font_has_is_a_box_and_no_failure(referrals: Running) -> None:
    answer = await _get(
        referrals,
        await _planned(referrals, {**PLAN, "goals": [{"text": "Likes \U00013080"}]}),
        "care-plan.pdf",
    )
    assert "Likes □" in _text(answer)


async def test_a_paper_is_tagged_and_named_without_the_person(referrals: Running) -> None:
    answer = await _get(referrals, await _planned(referrals), "care-plan.pdf")
    read = PdfReader(io.BytesIO(answer.content))
    assert read.metadata is not None
    assert read.metadata.title == "Care plan"
    marks = read.root_object["/MarkInfo"].get_object()
    assert isinstance(marks, DictionaryObject)
    assert marks["/Marked"] == BooleanObject(value=True)
    assert answer.headers["content-disposition"] == 'inline; filename="care-plan.pdf"'
    assert "no-store" in answer.headers["cache-control"]


async def test_there_is_no_paper_before_there_is_a_plan_or_a_discharge(referrals: Running) -> None:
    case = await a_case(referrals)
    assert [(await _get(referrals, case, what)).status_code for what in PAPERS] == [404, 404, 404]
    case = await _planned(referrals)
    assert [(await _get(referrals, case, what)).status_code for what in PAPERS] == [200, 404, 404]


async def test_a_summary_tells_the_whole_way_to_the_outcome(referrals: Running) -> None:
    text = _text(await _get(referrals, await _discharged(referrals), "summary.pdf"))
    said = (
        "Discharge summary",
        "21 July 2026",
        "Goals met",
        "Hospital admission: 1",
        "Three falls since Easter",
        "High",
        "She walks to the shop again",
        "Social prescribing",
        "Do NOT attempt",
        "Rails for the stairs",
    )
    assert [one for one in said if one not in text] == []


async def test_the_document_is_one_that_another_library_takes_with_its_codes(referrals: Running) -> None:
    answer = await _get(referrals, await _discharged(referrals), "summary.json")
    assert answer.headers["content-type"] == "application/fhir+json"
    bundle = Bundle.model_validate(answer.json())
    assert bundle.type == "document"
    resources = [entry["resource"] for entry in answer.json()["entry"]]
    composition = resources[0]
    assert composition["resourceType"] == "Composition"
    assert composition["type"]["coding"][0]["code"] == "373942005"
    assert {one["title"] for one in composition["section"]} >= {"How it ended", "Who else was asked"}
    urls = {entry["fullUrl"] for entry in answer.json()["entry"]}
    referred = [one["reference"] for section in composition["section"] for one in section.get("entry", ())]
    assert set(referred) < urls
    asked = [one["code"]["coding"][0]["code"] for one in resources if one["resourceType"] == "ServiceRequest"]
    assert asked == ["case-management", "871731000000106"]
    flag = next(one for one in resources if one["resourceType"] == "Flag")
    assert flag["code"]["coding"][0]["code"] == "450476008"


async def test_the_document_of_one_state_has_the_same_identifiers(referrals: Running) -> None:
    case = await _discharged(referrals)
    first, second = [(await _get(referrals, case, "summary.json")).json() for _ in range(2)]
    assert first == second


def test_codes_pass_their_check_digits() -> None:
    codes = [DISCHARGE_SUMMARY[0], *(one for one, _ in (*CPR_CODES.values(), *REFERRALS.values()))]
    assert [concept_fault(one) for one in codes] == [None] * len(codes)


async def test_the_practice_reads_and_stands_in_the_disclosures(referrals: Running) -> None:
    case = await _discharged(referrals)
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    assert [(await _get(referrals, case, what, practice)).status_code for what in PAPERS] == [200] * 3
    told = [one for one in await listed(referrals, case, "disclosures") if one["to"] == KENDAL_PRACTICE]
    assert [(one["kind"], one["parts"]) for one in told] == [
        ("summary", ["summary"]),
        ("summary", ["summary"]),
        ("care-plan", ["care-plan"]),
    ]
    assert all(one["read_at"] == one["at"] and one["why"] == "direct-care" for one in told)


async def test_a_foreign_practice_and_a_foreign_community_find_nothing(referrals: Running) -> None:
    case = await _discharged(referrals)
    for by in (referrals.token("practice-system", org=EAST_PRACTICE), manager(referrals, "east")):
        assert [(await _get(referrals, case, what, by)).status_code for what in PAPERS] == [404] * 3


async def test_a_hidden_address_is_on_no_paper_of_the_practice(referrals: Running) -> None:
    sent = a_referral()
    sent["patient"]["flags"] = [{"kind": "hidden-address"}]
    case = await a_case(referrals, sent)
    headers = {**manager(referrals), "If-Match": "*"}
    await referrals.client.put(f"/v1/cases/{case['id']}/care-plan", json=PLAN, headers=headers)
    postcode = sent["patient"]["postcode"]
    assert postcode in _text(await _get(referrals, case, "care-plan.pdf"))
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    assert postcode not in _text(await _get(referrals, case, "care-plan.pdf", practice))
