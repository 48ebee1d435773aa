"""What is wrong with a measurement is named by code and pointer, and nothing of it is stored."""

from typing import Any

import pytest

from tests.outcomes.measuring import PATH, a_measurement, faults, post, stored
from tests.support.running import Running

PAM: dict[str, Any] = {"instrument": "pam13", "score": 58.9, "edition": "2010"}
HBA1C: dict[str, Any] = {"instrument": "hba1c", "value": 53, "unit": "mmol/mol"}
MYCAW: dict[str, Any] = {"instrument": "mycaw", "wellbeing": 3}
SIX = [3] * 6


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"items": SIX}, ("body.required", "/items")),
        ({"items": [3] * 8}, ("list.too_long", "/items")),
        ({"items": [*SIX, 0]}, ("number.range", "/items/6")),
        ({"items": [*SIX, 6]}, ("number.range", "/items/6")),
        ({"items": [3.5, *SIX]}, ("number.integer_required", "/items/0")),
        ({"items": ["3", *SIX]}, ("number.type", "/items/0")),
        ({"items": [True, *SIX]}, ("number.type", "/items/0")),
        ({"items": [None, *SIX]}, ("number.type", "/items/0")),
        ({"items": None}, ("body.required", "/items")),
        ({"items": None, "score": 21}, ("body.unknown_field", "/score")),
        ({"score": 21}, ("body.unknown_field", "/score")),
        ({**PAM, "score": 100.1}, ("number.range", "/score")),
        ({**PAM, "score": -0.1}, ("number.range", "/score")),
        ({**PAM, "score": 47.05}, ("number.range", "/score")),
        ({**PAM, "score": "58.9"}, ("number.type", "/score")),
        ({**PAM, "score": None}, ("body.required", "/score")),
        ({**PAM, "edition": "2016"}, ("enum", "/edition")),
        ({**PAM, "edition": None}, ("body.required", "/edition")),
        ({**PAM, "level_as_reported": 5}, ("number.range", "/level_as_reported")),
        ({"edition": "2010"}, ("body.unknown_field", "/edition")),
        ({**HBA1C, "unit": None}, ("body.required", "/unit")),
        ({**HBA1C, "value": 20, "unit": None}, ("body.required", "/unit")),
        ({**HBA1C, "unit": "mmol/l"}, ("enum", "/unit")),
        ({**HBA1C, "value": 19}, ("number.range", "/value")),
        ({**HBA1C, "value": 196}, ("number.range", "/value")),
        ({**HBA1C, "value": 53.5}, ("number.integer_required", "/value")),
        ({**HBA1C, "value": 1e300}, ("number.range", "/value")),
        ({**HBA1C, "target": -1e300}, ("number.range", "/target")),
        ({**HBA1C, "value": 7.05, "unit": "%"}, ("number.range", "/value")),
        ({**HBA1C, "value": 20.1, "unit": "%"}, ("number.range", "/value")),
        ({**HBA1C, "target": 300}, ("number.range", "/target")),
        ({"instrument": "efi", "value": 37, "unit": "deficits"}, ("number.range", "/value")),
        ({"instrument": "efi", "value": 1, "unit": "score"}, ("enum", "/unit")),
        ({"instrument": "efi2", "value": 1.1, "unit": "score"}, ("number.range", "/value")),
        ({"instrument": "cfs", "value": 0, "unit": "level"}, ("number.range", "/value")),
        ({"instrument": "cfs", "value": True, "unit": "level"}, ("number.type", "/value")),
        ({"instrument": "loneliness-direct", "answer": "sometimes"}, ("enum", "/answer")),
        ({"instrument": "eq5d5l", "state": "21236", "vas": 70}, ("code.invalid", "/state")),
        ({"instrument": "eq5d5l", "state": "2123", "vas": 70}, ("code.invalid", "/state")),
        ({"instrument": "eq5d5l", "state": "21232", "vas": 101}, ("number.range", "/vas")),
        ({**MYCAW, "concerns": []}, ("body.required", "/concerns")),
        ({**MYCAW, "concerns": [{"code": "a", "score": 7}]}, ("number.range", "/concerns/0/score")),
        ({**MYCAW, "concerns": [{"code": "a", "score": 1}] * 2}, ("code.invalid", "/concerns/1/code")),
        (
            {**MYCAW, "concerns": [{"code": one, "score": 1} for one in "abc"]},
            ("list.too_long", "/concerns"),
        ),
        (
            {**MYCAW, "concerns": [{"code": "is 999 000 0018", "score": 1}]},
            ("text.forbidden", "/concerns/0/code"),
        ),
        (
            {"instrument": "hypoglycaemia-events", "counts": {"level-2": 1}},
            ("body.required", "/counts/level-3"),
        ),
        (
            {"instrument": "hypoglycaemia-events", "counts": {"level-2": 1, "level-3": -1}},
            ("number.range", "/counts/level-3"),
        ),
        (
            {"instrument": "hypoglycaemia-events", "counts": {"level-2": 1, "level-3": 0, "level-4": 0}},
            ("body.unknown_field", "/counts/level-4"),
        ),
        ({"instrument": "team-functioning", "items": [3] * 5}, ("enum", "/instrument")),
        ({"instrument": "swemwb", "items": [3] * 7}, ("code.unknown", "/instrument")),
        ({"icc": "kendall"}, ("icc.unknown", "/icc")),
        ({"icc": "bay"}, ("icc.ambiguous", "/icc")),
        ({"icc": "barrow-and-millom"}, ("icc.ambiguous", "/icc")),
        ({"icc": "morecambe-bay"}, ("icc.unknown", "/icc")),
        ({"icc": PATH}, ("icc.unknown", "/icc")),
        ({"programme": "no-such-class"}, ("code.unknown", "/programme")),
        ({"practice": "A8202"}, ("ods.format", "/practice")),
        ({"taken_on": "2999-01-01"}, ("date.future", "/taken_on")),
        ({"taken_on": "2026-02-30"}, ("date.invalid", "/taken_on")),
        ({"taken_on": "1930-01-01"}, ("date.order", "/taken_on")),
        ({"birth_year": 2900}, ("date.future", "/person/birth_year")),
        ({"birth_year": 1800}, ("date.implausible", "/person/birth_year")),
        ({"taken_on": "1969-12-31", "birth_year": None}, ("date.implausible", "/taken_on")),
        ({"birth_year": 2014}, ("number.range", "/person/birth_year")),
        (
            {"instrument": "efi", "value": 3, "unit": "deficits", "birth_year": 1962},
            ("number.range", "/person/birth_year"),
        ),
        ({"occasion": "baseline"}, ("enum", "/occasion")),
        ({"mode": "telepathy"}, ("enum", "/mode")),
        ({"episode": "x" * 65}, ("text.too_long", "/episode")),
        ({"episode": " "}, ("text.blank", "/episode")),
        ({"episode": "case of 9990000018"}, ("text.forbidden", "/episode")),
        ({"name": "Kathy"}, ("body.unknown_field", "/name")),
        ({"nhs_number": "9990000019"}, ("nhs_number.checksum", "/person/nhs_number")),
        ({"nhs_number": "9999999999"}, ("nhs_number.repeated_digits", "/person/nhs_number")),
        ({"nhs_number": "999000001"}, ("nhs_number.length", "/person/nhs_number")),
        ({"nhs_number": 9990000018}, ("nhs_number.type", "/person/nhs_number")),
        ({"nhs_number": ""}, ("nhs_number.required", "/person/nhs_number")),
    ],
)
async def test_a_fault_is_named(outcomes: Running, changed: dict[str, Any], fault: tuple[str, str]) -> None:
    assert fault in await faults(outcomes, **changed)


async def test_every_fault_is_told_at_once(outcomes: Running) -> None:
    found = await faults(outcomes, items=[*SIX, 9], icc="nowhere", programme="none", nhs_number="9990000019")
    assert found == [
        ("nhs_number.checksum", "/person/nhs_number"),
        ("number.range", "/items/6"),
        ("icc.unknown", "/icc"),
        ("code.unknown", "/programme"),
    ]


async def test_in_the_year_of_a_birthday_the_sender_is_believed(outcomes: Running) -> None:
    answer = await post(outcomes, a_measurement(instrument="efi", value=3, unit="deficits", birth_year=1961))
    assert answer.status_code == 201


async def test_a_repeat_before_its_first_is_named(outcomes: Running) -> None:
    await post(outcomes, a_measurement(episode="case-1"))
    refused = await post(outcomes, a_measurement(episode="case-1", occasion="repeat", taken_on="2026-05-19"))
    assert refused.status_code == 422
    assert [(one["code"], one["pointer"]) for one in refused.json()["errors"]] == [
        ("date.order", "/taken_on")
    ]
    assert await stored(outcomes) == 1


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "body.required"),
        (b"{", 400, "body.json"),
        (b"[]", 422, "body.type"),
        (b'{"items": [1e999]}', 400, "number.not_finite"),
        (b'{"items": [1], "items": [2]}', 400, "body.duplicate_key"),
        (b"{}", 422, "body.required"),
    ],
)
async def test_what_is_no_measurement_at_all_is_refused(
    outcomes: Running, content: bytes, status: int, code: str
) -> None:
    headers = outcomes.token("case-manager", communities=("*",)) | {
        "Idempotency-Key": "one",
        "Content-Type": "application/json",
    }
    answer = await outcomes.client.post(PATH, content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
