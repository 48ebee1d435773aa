"""The FHIR door: every fault is an OperationOutcome that names its place."""

from typing import Any

import pytest

from tests.outcomes.measuring import KATHY
from tests.outcomes.observing import (
    DOOR,
    NHS,
    OURS,
    SHOWN,
    SNOMED,
    Resource,
    a_response,
    an_observation,
    answered,
    extensions,
    faults,
    issues,
    manager,
    search,
    send,
)
from tests.support.running import Running


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"status": "preliminary"}, [("code.invalid", "status")]),
        ({"status": "entered-in-error"}, [("code.invalid", "status")]),
        ({"status": None}, [("body.type", "status")]),
        ({"code": {}}, [("body.required", "code.coding")]),
        ({"code": {"coding": [{"system": SNOMED, "code": "1"}]}}, [("code.unknown", "code.coding")]),
        ({"code": {"coding": [{"system": "urn:x", "code": "1"}]}}, [("code.system_unknown", "code.coding")]),
        (
            {"code": {"coding": [{"system": f"{OURS}CodeSystem/instrument", "code": "smile"}]}},
            [("code.unknown", "code.coding")],
        ),
        ({"subject": None}, [("nhs_number.required", "subject.identifier")]),
        ({"subject": {"reference": "Patient/1"}}, [("nhs_number.required", "subject.identifier")]),
        (
            {"subject": {"identifier": {"system": NHS, "value": "9990000019"}}},
            [("nhs_number.checksum", "subject.identifier.value")],
        ),
        ({"effectiveDateTime": None}, [("body.required", "effectiveDateTime")]),
        ({"effectiveDateTime": "2026-05"}, [("date.format", "effectiveDateTime")]),
        ({"effectiveDateTime": "2999-05-20"}, [("date.future", "effectiveDateTime")]),
        ({"effectiveDateTime": "2026-05-20T10:00:00"}, [("date.offset_required", "effectiveDateTime")]),
        ({"valueQuantity": {"value": 250, "unit": "mmol/mol"}}, [("number.range", "valueQuantity.value")]),
        ({"valueQuantity": {"value": 1e300, "unit": "mmol/mol"}}, [("number.range", "valueQuantity.value")]),
        ({"valueQuantity": {"value": "53", "unit": "mmol/mol"}}, [("number.type", "valueQuantity.value")]),
        ({"valueQuantity": {"value": 53}}, [("body.required", "valueQuantity.unit")]),
        ({"valueQuantity": {"value": 53, "unit": "mg"}}, [("enum", "valueQuantity.unit")]),
        (
            {"valueQuantity": {"value": 53, "unit": "mmol/mol", "comparator": "<"}},
            [("code.invalid", "valueQuantity.comparator")],
        ),
        ({"valueQuantity": None}, [("body.required", "valueQuantity"), ("body.required", "valueQuantity")]),
        ({"extension": extensions(icc="kendal")}, [("body.required", "extension")]),
        (
            {"extension": extensions(icc="kendal", occasion="once")},
            [("enum", "extension[1]")],
        ),
        (
            {"extension": extensions(icc="kendall", occasion="first")},
            [("icc.unknown", "extension[0]")],
        ),
        (
            {"extension": extensions(ocasion="first", icc="kendal", occasion="first")},
            [("code.unknown", "extension[0].url")],
        ),
        (
            {"extension": [*extensions(icc="kendal", occasion="first"), *extensions(icc="east")]},
            [("code.invalid", "extension[2]")],
        ),
        (
            {"extension": [{"url": f"{OURS}icc"}, *extensions(occasion="first")]},
            [("body.required", "extension[0]")],
        ),
        (
            {"modifierExtension": [{"url": "urn:not"}]},
            [("fhir.modifier_not_understood", "modifierExtension")],
        ),
        ({"resourceType": "Patient"}, [("fhir.resource_type", "resourceType")]),
    ],
)
async def test_what_is_no_measurement_is_refused_at_its_place(
    outcomes: Running, change: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    given = {**an_observation("hba1c", valueQuantity={"value": 53, "unit": "mmol/mol"}), **change}
    resource = {name: value for name, value in given.items() if value is not None or name == "status"}
    kind = "Observation"
    answer = await outcomes.client.post(
        f"{DOOR}/{kind}",
        json=resource,
        headers={**manager(outcomes), "Content-Type": "application/fhir+json"},
    )
    assert answer.status_code == 422, answer.text
    assert faults(answer) == found
    assert await outcomes.rows("select 1 from measurement") == []


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        (a_response("smile", answered(1)), [("code.unknown", "questionnaire")]),
        (a_response("swemwbs", answered(3, 4, 2, 3, 3, 4)), [("body.required", "item")]),
        (a_response("swemwbs", answered(3, 4, 2, 3, 3, 4, 6)), [("number.range", "item[6].answer[0]")]),
        (a_response("swemwbs", answered(3, 4, 2, 3, 3, 4, 3, 3)), [("code.unknown", "item[7].answer[0]")]),
        (
            a_response("swemwbs", [*answered(3, 4, 2, 3, 3, 4, 3), *answered(3)]),
            [("code.invalid", "item[7].answer[0]")],
        ),
        (
            a_response(
                "swemwbs", [*answered(3, 4, 2, 3, 3, 4), {"linkId": "7", "answer": [{"valueString": "3"}]}]
            ),
            [("number.required", "item[6].answer[0]")],
        ),
        (a_response("swemwbs", []), [("body.required", "item")]),
        (a_response("hba1c", []), [("body.required", "item"), ("body.required", "item")]),
        (an_observation("swemwbs", valueQuantity={"value": 22}), [("body.required", "component")]),
        (
            a_response("swemwbs", answered(3, 4, 2, 3, 3, 4, 3), authored=None),
            [("body.required", "authored")],
        ),
    ],
)
async def test_answers_that_are_not_whole_are_refused_at_their_place(
    outcomes: Running, resource: Resource, found: list[tuple[str, str]]
) -> None:
    answer = await send(outcomes, {name: value for name, value in resource.items() if value is not None})
    assert (answer.status_code, faults(answer)) == (422, found)
    assert await outcomes.rows("select 1 from measurement") == []


async def test_problems_of_every_kind_are_operation_outcomes(outcomes: Running) -> None:
    good = an_observation("cfs", valueInteger=4)
    repeat = an_observation("cfs", valueInteger=4, says={"occasion": "repeat"})
    refused = {
        401: await outcomes.client.post(f"{DOOR}/Observation", json=good),
        403: await send(outcomes, good, by=outcomes.token("dashboard")),
        404: await outcomes.client.get(f"{DOOR}/Patient", headers=manager(outcomes)),
        405: await outcomes.client.put(f"{DOOR}/Observation", json=good, headers=manager(outcomes)),
        406: await outcomes.client.get(f"{DOOR}/metadata", headers={"Accept": "application/fhir+xml"}),
        409: await send(outcomes, repeat),
        415: await send(outcomes, good, by={**manager(outcomes), "Content-Type": "application/fhir+xml"}),
    }
    told = {status: (answer.status_code, issues(answer)[0]["code"]) for status, answer in refused.items()}
    assert told == {
        401: (401, "security"),
        403: (403, "forbidden"),
        404: (404, "not-found"),
        405: (405, "not-supported"),
        406: (406, "processing"),
        409: (409, "business-rule"),
        415: (415, "not-supported"),
    }


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"code": "cfs"}, "nhs_number.required"),
        ({"subject:identifier": KATHY}, "nhs_number.required"),
        ({"subject:identifier": f"urn:x|{KATHY}"}, "code.system_unknown"),
        ({"subject:identifier": f"{NHS}|9990000019"}, "nhs_number.checksum"),
        ({"subject:identifier": f"{NHS}|{KATHY}", "code": "smile"}, "code.unknown"),
        ({"subject:identifier": f"{NHS}|{KATHY}", "_count": "0"}, "query.limit"),
        ({"subject:identifier": f"{NHS}|{KATHY}", "_count": "many"}, "query.limit"),
        ({"subject:identifier": f"{NHS}|{KATHY}", "_count": "0001" + "9" * 5000}, "query.limit"),
        ({"subject:identifier": f"{NHS}|{KATHY}", "_count": "00019"}, "query.limit"),
    ],
)
async def test_a_search_that_cannot_be_made_is_refused(
    outcomes: Running, form: dict[str, str], code: str
) -> None:
    assert [one for one, _ in faults(await search(outcomes, form))] == [code]


async def test_nobody_is_searched_by_an_address(outcomes: Running) -> None:
    for kind in SHOWN:
        answer = await outcomes.client.get(
            f"{DOOR}/{kind}?subject:identifier={NHS}|{KATHY}", headers=manager(outcomes)
        )
        assert (answer.status_code, faults(answer)) == (400, [("query.pii_not_allowed", "")])
        answer = await outcomes.client.post(
            f"{DOOR}/{kind}/_search?patient.identifier={NHS}|{KATHY}",
            data={"code": "cfs"},
            headers=manager(outcomes),
        )
        assert (answer.status_code, faults(answer)) == (400, [("query.pii_not_allowed", "")])
