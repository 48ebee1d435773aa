"""Schools that were reached and care homes that refer: of those that the registry lists, in twelve months."""

import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.referrals.facts import TOPICS
from services.referrals.snapshots.queries import rates_standing
from shared.registry.loading import SHIPPED
from shared.service.upkeep import day_periodic
from tests.referrals import test_community as community
from tests.referrals import test_events as events
from tests.referrals.builders import a_referral, keyed
from tests.referrals.counted import facts, published
from tests.referrals.moments import at, london
from tests.support.databases import Databases
from tests.support.running import Running, running

SCHOOLS, HOMES = "schools-reached-rate", "care-homes-e-referring-rate"
HERE = {"valid_from": "2013-04-01", "source": "seed"}


def _entry(code: str, of: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "name": code, **HERE, "memberships": [{"of": of, **HERE}], **more}


@pytest.fixture
async def valley(databases: Databases, data_dir: Path, tmp_path: Path) -> AsyncIterator[Running]:
    """The service with a registry that lists schools and care homes; one of each has no number, and counts nowhere."""
    document = json.loads(SHIPPED.read_bytes())
    document["schools"] = [
        _entry("castle-school", "kendal", urn="112345", phase="primary"),
        _entry("river-school", "kendal", urn="112346"),
        _entry("home-school", "kendal"),
        _entry("hill-school", "kendal", urn="112347", valid_to="2026-03-31"),
        _entry("dock-school", "barrow", urn="112348"),
    ]
    document["care_homes"] += [
        _entry("dock-house", "barrow", cqc_location="1-100000001"),
        _entry("quay-house", "barrow", cqc_location="1-100000002"),
        _entry("fell-house", "kendal", cqc_location="1-100000003"),
        _entry("lake-house", "ambleside", cqc_location="1-100000004"),
    ]
    file = tmp_path / "registry.json"
    file.write_text(json.dumps(document))
    async with (
        databases.lend("referrals") as url,
        running(
            "referrals", database_url=url, data_dir=data_dir, settings={"registry_file": file}
        ) as service,
    ):
        yield service


async def rates(service: Running, measure: str, day: str) -> dict[str, tuple[int, int | None]]:
    """Community → numerator and denominator as a day counts them."""
    async with service.platform.transaction() as session:
        found = await rates_standing(session, at=london(day, "23:59"), day=date.fromisoformat(day))
    return {one.place: (one.numerator, one.denominator) for one in found if one.measure == measure}


async def test_schools_are_reached_by_trainings_and_events(valley: Running) -> None:
    assert await rates(valley, SCHOOLS, "2026-07-01") == {"kendal": (0, 2), "barrow": (0, 1)}
    made = await community.send(valley, "trainings", schools=["castle-school"])
    assert (made.status_code, made.json()["schools"]) == (201, ["castle-school"])
    fair = await events.planned(valley)
    results = {**events.RESULTS, "schools": ["castle-school", "river-school"]}
    told = await events.send(valley, results, f"/{fair['id']}/results")
    assert (told.status_code, told.json()["results"]["schools"]) == (201, ["castle-school", "river-school"])
    assert await rates(valley, SCHOOLS, "2026-06-11") == {"kendal": (2, 2), "barrow": (0, 1)}
    assert (await rates(valley, SCHOOLS, "2027-06-12"))["kendal"] == (2, 2)
    assert (await rates(valley, SCHOOLS, "2027-06-20"))["kendal"] == (0, 2)


@pytest.mark.parametrize(
    ("schools", "code", "pointer"),
    [
        (["nowhere-school"], "code.unknown", "/schools/0"),
        (["castle-school", "hill-school"], "code.unknown", "/schools/1"),
        (["dock-school"], "row.out_of_scope", "/schools/0"),
        (["castle-school"] * 2, "row.duplicate", "/schools"),
    ],
)
async def test_schools_of_nobody_and_of_others_are_refused(
    valley: Running, schools: list[str], code: str, pointer: str
) -> None:
    fair = await events.planned(valley)
    for answer in (
        await community.send(valley, "trainings", schools=schools),
        await events.send(valley, {**events.RESULTS, "schools": schools}, f"/{fair['id']}/results"),
    ):
        assert answer.status_code == 422, answer.text
        assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, pointer)]
    assert await valley.rows("select from community_training union all select from event_result") == []


async def test_care_homes_refer_under_their_own_code(valley: Running) -> None:
    assert await rates(valley, HOMES, "2026-07-01") == {
        "barrow": (0, 2),
        "grange-and-lakes": (0, 1),
        "kendal": (0, 1),
    }
    with at(valley, london("2026-06-12")):
        for home in ("dock-house", "lake-house"):
            document = {**a_referral(), "requester": {"partner": home}}
            by = keyed(valley.token("partner", org=home))
            sent = await valley.client.post("/v1/referrals", json=document, headers=by)
            assert sent.status_code == 201, sent.text
    assert await rates(valley, HOMES, "2026-06-12") == {
        "barrow": (1, 2),
        "grange-and-lakes": (1, 1),
        "kendal": (0, 1),
    }
    assert (await rates(valley, HOMES, "2027-06-11"))["barrow"] == (1, 2)
    assert (await rates(valley, HOMES, "2027-06-12"))["barrow"] == (0, 2)


async def test_a_rebuild_gives_the_same_though_the_registry_changes(valley: Running) -> None:
    assert (await community.send(valley, "trainings", schools=["river-school"])).status_code == 201
    await day_periodic(TOPICS).run(valley.platform)
    await valley.work()
    standing = {
        (one["measure"], one["place"]): (one["numerator"], one["denominator"])
        for one in await facts(valley)
        if one["measure"] in (SCHOOLS, HOMES)
    }
    assert standing == {
        (SCHOOLS, "kendal"): (1, 2),
        (SCHOOLS, "barrow"): (0, 1),
        (HOMES, "kendal"): (0, 1),
        (HOMES, "barrow"): (0, 2),
        (HOMES, "grange-and-lakes"): (0, 1),
    }
    before = await published(valley)
    await valley.rows("update community_training set schools = '[]'")
    await valley.client.post("/v1/operations/facts/rebuild", headers=valley.token("operator"))
    await valley.work()
    assert sorted(await published(valley), key=str) == sorted(before, key=str)


async def test_a_community_shows_its_schools(valley: Running) -> None:
    answer = await valley.client.get(
        "/v1/communities/kendal?as_at=2026-07-01", headers=valley.token("dashboard")
    )
    assert answer.json()["schools"] == [
        {"code": "castle-school", "name": "castle-school", "urn": "112345", "phase": "primary"},
        {"code": "river-school", "name": "river-school", "urn": "112346", "phase": None},
        {"code": "home-school", "name": "home-school", "urn": None, "phase": None},
    ]
