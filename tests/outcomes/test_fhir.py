"""The FHIR door: a measurement is the same by it as by our own, and R4B models accept what we say."""

from typing import Any

import pytest
from fhir.resources.R4B.observation import Observation

from tests.outcomes.measuring import KATHY, PRACTICE
from tests.outcomes.observing import (
    DOOR,
    NHS,
    ODS,
    OURS,
    SNOMED,
    Resource,
    a_response,
    an_observation,
    answered,
    created,
    extensions,
    issues,
    items,
    manager,
    part,
    send,
)
from tests.support.running import Running


async def kept(service: Running) -> Any:
    (row,) = await service.rows(
        "select instrument, score, metric, band, edition, occasion, taken_on, episode, icc, practice, mode, target, given"
        " from measurement"
    )
    return row


async def test_a_questionnaire_response_is_scored_as_the_same_measurement_is(outcomes: Running) -> None:
    made = await created(outcomes, a_response("swemwbs", answered(3, 4, 2, 3, 3, 4, 3)))
    row = await kept(outcomes)
    assert (row["instrument"], int(row["score"]), float(row["metric"]), row["band"]) == (
        "swemwbs",
        22,
        19.98,
        "medium",
    )
    assert [one["answer"][0]["valueInteger"] for one in made["item"]] == [3, 4, 2, 3, 3, 4, 3]
    read = await outcomes.client.get(f"{DOOR}/Observation/{made['id']}", headers=manager(outcomes))
    told = read.json()
    Observation.model_validate(told)
    assert told["valueQuantity"]["value"] == 22
    assert told["interpretation"][0]["coding"] == [{"system": f"{OURS}CodeSystem/band", "code": "medium"}]
    (metric,) = [one for one in told["component"] if one["code"]["coding"][0]["code"] == "metric-score"]
    assert metric["valueQuantity"]["value"] == 19.98
    assert told["derivedFrom"] == [{"reference": f"QuestionnaireResponse/{made['id']}"}]
    own = await outcomes.client.get(f"/v1/measurements/{made['id']}", headers=manager(outcomes))
    assert own.json()["metric_score"] == 19.98


LEVEL = "962851000000103"


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (
            an_observation(
                "925431000000109", system=SNOMED, says={"edition": "2010"}, valueQuantity={"value": 58.9}
            ),
            {"instrument": "pam13", "score": 58.9, "band": "level-3", "edition": "2010"},
        ),
        (
            an_observation(
                "pam13",
                says={"edition": "current"},
                valueQuantity={"value": 70.0},
                component=[part(LEVEL, system=SNOMED, valueInteger=3)],
            ),
            {"score": 70.0, "band": "level-3", "edition": "current"},
        ),
        (
            an_observation(
                "999791000000106",
                system=SNOMED,
                says={"target": {"value": 53}},
                valueQuantity={"value": 53, "unit": "mmol/mol", "code": "mmol/mol"},
            ),
            {"instrument": "hba1c", "score": 53, "band": "48-and-over", "target": 53},
        ),
        (
            an_observation("hba1c", valueQuantity={"value": 6.5, "unit": "%"}),
            {"instrument": "hba1c", "score": 48, "band": "48-and-over"},
        ),
        (
            an_observation("1129371000000104", system=SNOMED),
            {"instrument": "cfs", "score": 5, "band": "mild"},
        ),
        (
            an_observation(
                "cfs",
                valueCodeableConcept={"coding": [{"system": SNOMED, "code": "1129381000000102"}]},
            ),
            {"instrument": "cfs", "score": 6, "band": "moderate"},
        ),
        (an_observation("cfs", valueInteger=7), {"score": 7, "band": "severe"}),
        (
            an_observation("efi", valueQuantity={"value": 9, "unit": "deficits"}),
            {"score": 9, "band": "moderate"},
        ),
        (an_observation("efi2", valueQuantity={"value": 0.1624, "unit": "score"}), {"band": "moderate"}),
        (an_observation("swemwbs", component=items(3, 4, 2, 3, 3, 4, 3)), {"score": 22, "metric": 19.98}),
        (
            an_observation(
                "eq5d5l", component=[part("state", valueString="21232"), part("vas", valueInteger=70)]
            ),
            {"score": 70},
        ),
        (
            an_observation(
                "mycaw",
                component=[
                    part("pain", system=f"{OURS}CodeSystem/concern", valueInteger=4),
                    part("wellbeing", valueInteger=3),
                ],
            ),
            {"instrument": "mycaw"},
        ),
        (
            an_observation(
                "hypoglycaemia-events",
                component=[part("level-2", valueInteger=1), part("level-3", valueInteger=0)],
            ),
            {"score": 1},
        ),
        (
            an_observation(
                "loneliness-direct",
                valueCodeableConcept={"coding": [{"system": f"{OURS}CodeSystem/answer", "code": "never"}]},
            ),
            {"instrument": "loneliness-direct"},
        ),
        (
            an_observation("tug-s", valueQuantity={"value": 13.5, "unit": "s", "code": "seconds"}),
            {"score": 13.5},
        ),
        (a_response("ucla3", [{"linkId": "group", "item": answered(1, 2, 3)}]), {"score": 6}),
        (
            a_response(
                "loneliness-direct", [{"linkId": "1", "answer": [{"valueCoding": {"code": "never"}}]}]
            ),
            {"instrument": "loneliness-direct"},
        ),
        (
            a_response(
                "eq5d5l",
                [
                    {"linkId": "mobility", "answer": [{"valueInteger": 2}]},
                    {"linkId": "self-care", "answer": [{"valueInteger": 1}]},
                    {"linkId": "usual-activities", "answer": [{"valueInteger": 2}]},
                    {"linkId": "pain-discomfort", "answer": [{"valueInteger": 3}]},
                    {"linkId": "anxiety-depression", "answer": [{"valueInteger": 2}]},
                    {"linkId": "vas", "answer": [{"valueInteger": 70}]},
                ],
            ),
            {"score": 70},
        ),
    ],
)
async def test_every_kind_of_instrument_goes_through_the_door(
    outcomes: Running, resource: Resource, expected: dict[str, Any]
) -> None:
    made = await created(outcomes, resource)
    row = await kept(outcomes)
    told = {name: row[name] for name in expected}
    assert {
        name: float(value) if isinstance(expected[name], int | float) else value
        for name, value in told.items()
    } == expected
    observed = await outcomes.client.get(f"{DOOR}/Observation/{made['id']}", headers=manager(outcomes))
    Observation.model_validate(observed.json())
    again = await send(outcomes, _anew(observed.json()))
    assert again.status_code == 201, again.text
    pairs = await outcomes.rows(
        "select instrument, score, metric, band, given::text as given from measurement"
    )
    assert dict(pairs[0]) == dict(pairs[1])


def _anew(observed: Resource) -> Resource:
    """What was read, sent again about another person."""
    subject = {"identifier": {"system": NHS, "value": "9990000026"}}
    return {name: value for name, value in observed.items() if name != "id"} | {"subject": subject}


async def test_extensions_say_what_fhir_has_no_member_for(outcomes: Running) -> None:
    says = {"icc": "east", "episode": "case 7", "mode": "interviewer", "birth_year": 1938}
    made = await created(
        outcomes,
        an_observation(
            "cfs",
            valueInteger=4,
            says=says,
            performer=[{"identifier": {"system": ODS, "value": PRACTICE}}],
        ),
    )
    row = await kept(outcomes)
    assert (row["icc"], row["episode"], row["mode"], row["practice"]) == (
        "east",
        "case 7",
        "interviewer",
        PRACTICE,
    )
    told = {one["url"].removeprefix(OURS): one for one in made["extension"]}
    assert told["episode"]["valueString"] == "case 7"
    assert told["occasion"]["valueCode"] == "first"
    assert "birth-year" not in told
    assert made["performer"][0]["identifier"]["value"] == PRACTICE
    assert made["subject"]["identifier"]["system"] == f"{OURS}Id/pseudonym"
    assert KATHY not in str(made)


async def test_without_an_icc_the_practice_of_the_token_decides(outcomes: Running) -> None:
    practice = outcomes.token("practice-system", org=PRACTICE)
    resource = an_observation("cfs", valueInteger=4)
    resource["extension"] = extensions(occasion="first")
    assert (await send(outcomes, resource, by=practice)).status_code == 201
    assert (await kept(outcomes))["icc"] == "kendal"
    nowhere = await send(outcomes, resource)
    assert [one["code"] for one in issues(nowhere)] == ["required"]


async def test_an_instant_is_the_day_that_it_was_in_england(outcomes: Running) -> None:
    await created(outcomes, an_observation("cfs", valueInteger=4, effectiveDateTime="2026-05-20T23:30:00Z"))
    assert (await kept(outcomes))["taken_on"].isoformat() == "2026-05-21"
