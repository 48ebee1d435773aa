"""Recording a measurement by its page: the rules, keys and answers of the interface."""

from typing import Any

import httpx
import pytest

from tests.outcomes.measuring import KATHY, PRACTICE, record, stored
from tests.support.pages import Element, facts_of, form_of, open_page, read_page, sign_in
from tests.support.running import Running

ANSWERS = {f"items-{at}": str(answer) for at, answer in enumerate((5, 4, 3, 4, 4, 4, 4))}
WHO = {"person-nhs_number": "999 000 0018", "taken_on": "2026-06-20"}
INSTRUMENTS: dict[str, dict[str, str]] = {
    "pam13": {"score": "58.9", "edition": "2010", "level_as_reported": "3"},
    "hba1c": {"value": "53", "unit": "mmol/mol", "target": "50"},
    "loneliness-direct": {"answer": "some-of-the-time"},
    "eq5d5l": {
        **{f"state-{one}": "2" for one in ("mobility", "self-care", "usual-activities")},
        **{f"state-{one}": "1" for one in ("pain-discomfort", "anxiety-depression")},
        "vas": "70",
    },
    "mycaw": {"concerns-0-code": "walking", "concerns-0-score": "4", "wellbeing": "3"},
    "hypoglycaemia-events": {"counts-level-2": "1", "counts-level-3": "0"},
}


async def the_page(service: Running, key: str = "swemwbs", *communities: str) -> Element:
    who = service.token("case-manager", communities=communities or ("kendal",))
    return await sign_in(service.client, who, f"/measure?instrument={key}")


async def send(service: Running, page: Element, key: str = "swemwbs", **members: str) -> httpx.Response:
    action = f"/measure/{key}"
    return await service.client.post(action, data=form_of(page, action) | members)


async def test_a_repeat_is_recorded_once_and_told_beside_the_first(outcomes: Running) -> None:
    await record(outcomes, nhs_number=KATHY, taken_on="2026-01-10")
    page = await the_page(outcomes)
    answers = [await send(outcomes, page, **WHO, **ANSWERS) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    facts = [facts_of(read_page(one.text)) for one in answers]
    assert facts[0] == facts[1]
    assert facts[0]["Score"].startswith("28")
    assert facts[0]["Since the first"].startswith("Improved, by")
    assert KATHY not in answers[0].text.replace(" ", "")
    assert await stored(outcomes) == 2
    other = await send(outcomes, page, **{**WHO, **ANSWERS, "items-0": "1"})
    assert other.status_code == 409


async def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_stored(outcomes: Running) -> None:
    page = await the_page(outcomes)
    answer = await send(outcomes, page, **{"person-nhs_number": "9990000019", "items-0": "3"})
    assert answer.status_code == 422
    told = read_page(answer.text)
    links = told.one("div", class_="nhsuk-error-summary").all("a")
    assert {(one.text, one.attributes["href"]) for one in links} == {
        ("Give the ten digits of the NHS number.", "#measure-person-nhs_number"),
        ("Answer every question.", "#measure-items"),
    }
    assert form_of(told, "/measure/swemwbs")["items-0"] == "3"
    first = await send(outcomes, page, **WHO, **ANSWERS)
    assert first.status_code == 409
    assert "no first measurement" in read_page(first.text).one("div", class_="nhsuk-error-summary").text
    foreign = await send(outcomes, page, **WHO, **ANSWERS, icc="lancaster", occasion="first")
    assert foreign.status_code == 403
    assert await stored(outcomes) == 0


@pytest.mark.parametrize("key", INSTRUMENTS)
async def test_instruments_of_every_kind_are_filled_in(outcomes: Running, key: str) -> None:
    page = await the_page(outcomes, key)
    answer = await send(outcomes, page, key, **WHO, **INSTRUMENTS[key], occasion="first")
    assert answer.status_code == 200, read_page(answer.text).one("main").text
    (row,) = await outcomes.rows("select instrument, icc, occasion from measurement")
    assert tuple(row.values()) == (key, "kendal", "first")


async def test_only_who_records_measurements_sees_the_page(outcomes: Running) -> None:
    for role, given, status in (
        ("practice-system", {"org": PRACTICE}, 200),
        ("council-feed", {"org": "westmorland-and-furness"}, 403),
        ("analyst", {}, 403),
    ):
        who: dict[str, Any] = given
        answer = await outcomes.client.get("/measure", headers=outcomes.token(role, **who))
        assert answer.status_code == status, role
    unknown = await outcomes.client.get(
        "/measure?instrument=team-functioning", headers=outcomes.token("practice-system", org=PRACTICE)
    )
    assert unknown.status_code == 404
    named = await outcomes.client.get(
        f"/measure?nhs_number={KATHY}", headers=outcomes.token("practice-system", org=PRACTICE)
    )
    assert named.status_code == 400
    assert KATHY not in named.text


async def test_a_form_of_another_site_records_nothing(outcomes: Running) -> None:
    page = await the_page(outcomes)
    answer = await send(outcomes, page, **WHO, **ANSWERS, occasion="first", form="stolen")
    assert answer.status_code == 403
    assert await stored(outcomes) == 0
    again = await open_page(outcomes.client, "/measure")
    assert list(again.all("form", action="/measure/swemwbs")) == []
