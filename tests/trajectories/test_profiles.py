"""Population profiles: those of the annual report, and what is put in their place."""

from typing import Any

import pytest

from tests.support.running import Running
from tests.trajectories.writing import listed, look, seen, send, written

KENDAL: dict[str, Any] = {"communities": ("kendal",)}


def a_profile(**changes: Any) -> dict[str, Any]:
    """The body of a profile with one indicator; `changes` are of the indicator."""
    indicator = {
        "key": "aged-80-and-over",
        "title": "Aged 80 and over",
        "value": 8.2,
        "unit": "percent",
        "comparator": {"place": "Morecambe Bay CCG", "value": 5.9},
        "period": "2019-20",
        "source": "ICC annual report 2019/20",
        **changes,
    }
    return {"indicators": [{name: value for name, value in indicator.items() if value is not ...}]}


def indicators(profile: dict[str, Any]) -> dict[str, Any]:
    """The indicators of a profile by their keys."""
    return {one["key"]: one for one in profile["indicators"]}


async def test_the_five_profiles_of_the_report_are_there_from_the_start(changing: Running) -> None:
    found = {one["community"]: one for one in await listed(changing, "/v1/profiles", "oversight")}
    assert set(found) == {"grange-and-lakes", "kendal", "mid-furness", "barrow-and-millom", "east"}
    assert {one["version"] for one in found.values()} == {0}
    east = indicators(found["east"])["aged-80-and-over"]
    assert (east["value"], east["comparator"]) == (8.2, {"place": "Morecambe Bay CCG", "value": 5.9})
    grange = indicators(found["grange-and-lakes"])
    assert (grange["aged-65-and-over-2041"]["value"], grange["population"]["value"]) == (36.91, 32562)
    assert indicators(found["mid-furness"])["population"]["value"] == 25836
    barrow = indicators(found["barrow-and-millom"])
    assert barrow["population"]["value"] == 68542
    assert barrow["population-barrow"]["value"] + barrow["population-millom"]["value"] == 68542
    sources = {one["source"] for profile in found.values() for one in profile["indicators"]}
    assert sources == {"ICC annual report 2019/20"}
    assert grange["falls"]["value"] is None
    assert grange["falls"]["note"] == "Worse than the average of England"


async def test_what_is_put_takes_the_place_of_what_stood(changing: Running) -> None:
    made = await written(changing, "PUT", "/v1/profiles/east", a_profile())
    assert (made["version"], made["author"]) == (1, "local:development-lead")
    assert (await written(changing, "PUT", "/v1/profiles/east", a_profile()))["version"] == 1
    second = await written(changing, "PUT", "/v1/profiles/east", a_profile(value=8.4))
    assert second["version"] == 2
    assert await seen(changing, "/v1/profiles/east", "oversight") == second
    assert await listed(changing, "/v1/profiles", community="east") == [second]
    told = a_profile(value=None, comparator={"place": "England", "value": None}, note="Worse")
    assert (await written(changing, "PUT", "/v1/profiles/east", told))["version"] == 3
    lancaster = await written(changing, "PUT", "/v1/profiles/lancaster", a_profile(comparator=None))
    assert [one["community"] for one in await listed(changing, "/v1/profiles")].count("lancaster") == 1
    assert indicators(lancaster)["aged-80-and-over"].get("comparator") is None
    assert [row["event"] for row in await changing.rows("select event from audit order by at")] == [
        "profile.put",
        "profile.confirm",
        "profile.put",
        "profile.put",
        "profile.put",
    ]


@pytest.mark.parametrize(
    ("path", "role", "who", "status"),
    [
        ("kendal", "oversight", KENDAL, 200),
        ("east", "oversight", KENDAL, 404),
        ("lancaster", "analyst", None, 404),
        ("bay", "analyst", None, 422),
        ("kendal", "dashboard", None, 403),
    ],
)
async def test_a_profile_is_read_in_its_community(
    changing: Running, path: str, role: str, who: dict[str, Any] | None, status: int
) -> None:
    assert (await look(changing, f"/v1/profiles/{path}", role, who=who)).status_code == status


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (a_profile(value="8.2"), "number.type", "/indicators/0/value"),
        (a_profile(value=...), "body.required", "/indicators/0/value"),
        (a_profile(value=1e300), "number.range", "/indicators/0/value"),
        (a_profile(source=...), "body.required", "/indicators/0/source"),
        (a_profile(unit=""), "text.blank", "/indicators/0/unit"),
        (a_profile(comparator={"value": 3}), "body.required", "/indicators/0/comparator/place"),
        ({"indicators": a_profile()["indicators"] * 2}, "row.duplicate", "/indicators"),
        ({}, "body.required", "/indicators"),
        ({**a_profile(), "colour": "red"}, "body.unknown_field", "/colour"),
    ],
)
async def test_a_profile_that_cannot_be_is_refused(
    changing: Running, body: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await send(changing, "PUT", "/v1/profiles/east", body)
    assert answer.status_code == 422, answer.text
    assert {"code": code, "pointer": pointer}.items() <= answer.json()["errors"][0].items()


async def test_a_profile_is_put_by_those_whose_place_it_is(changing: Running) -> None:
    assert (await send(changing, "PUT", "/v1/profiles/east", a_profile(), who=KENDAL)).status_code == 403
    assert (await send(changing, "PUT", "/v1/profiles/east", a_profile(), "analyst")).status_code == 403
    assert (await send(changing, "PUT", "/v1/profiles/kendal", a_profile(), who=KENDAL)).status_code == 200
