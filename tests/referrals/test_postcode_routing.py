"""`ICC_POSTCODE_FILE`: people without a practice of the Bay go to the community of the very place where they stay."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.referrals.app import create_app
from services.referrals.settings import Settings
from shared.registry.loading import SHIPPED
from shared.settings import SettingsError
from tests.referrals.builders import a_patient, a_referral
from tests.referrals.sending import post
from tests.shared.registry.postcode_files import directory
from tests.support.databases import Databases
from tests.support.running import Running, running

# Invented: no real area has these codes, and no real postcode lies in them.
WINDERMERE, KENDAL, NOWHERE = "E99000001", "E99000002", "E99000003"
LSOAS = [
    {"code": WINDERMERE, "memberships": [{"of": "windermere", "valid_from": "2013-04-01"}]},
    {
        "code": KENDAL,
        "memberships": [
            {"of": "east", "valid_from": "2013-04-01", "valid_to": "2025-12-31"},
            {"of": "kendal", "valid_from": "2026-01-01"},
        ],
    },
]
ROWS = [
    ("LA8 9ZZ", WINDERMERE, "", "1"),  # LA8 lies in several communities
    ("LA8 8ZZ", KENDAL, "", "2"),
    ("LA9 9ZZ", WINDERMERE, "", "3"),  # LA9 is Kendal's
    ("LA8 7ZZ", NOWHERE, "", "4"),
]


@pytest.fixture
async def placed(databases: Databases, data_dir: Path, tmp_path: Path) -> AsyncIterator[Running]:
    """The referrals service with a directory, and with the areas of two communities in its registry."""
    registry = json.loads(SHIPPED.read_text())
    registry["lsoas"] = LSOAS
    (tmp_path / "registry.json").write_text(json.dumps(registry))
    settings = {
        "registry_file": tmp_path / "registry.json",
        "postcode_file": directory(tmp_path, ROWS),
    }
    async with (
        databases.lend("referrals") as url,
        running("referrals", database_url=url, data_dir=data_dir, settings=settings) as service,
    ):
        yield service


STAYS: list[tuple[str, str, str]] = [
    ("LA8 9ZZ", "2026-06-12T09:30:00+01:00", "grange-and-lakes"),  # by its sub-community
    ("la89zz", "2026-06-12T09:30:00+01:00", "grange-and-lakes"),
    ("LA8 8ZZ", "2026-06-12T09:30:00+01:00", "kendal"),
    ("LA8 8ZZ", "2025-06-12T09:30:00+01:00", "east"),  # as of the day of the referral
    ("LA9 9ZZ", "2026-06-12T09:30:00+01:00", "grange-and-lakes"),
    ("LA9 4JE", "2026-06-12T09:30:00+01:00", "kendal"),  # not in the directory: its outward code
    ("LA8 7ZZ", "2026-06-12T09:30:00+01:00", "unrouted"),
    ("LA8 6ZZ", "2026-06-12T09:30:00+01:00", "unrouted"),
]


async def test_a_person_goes_to_the_community_of_where_they_stay(placed: Running) -> None:
    found = []
    for staying_at, referred_at, _ in STAYS:
        person = a_patient(registered_practice=None, staying_at=staying_at)
        receipt = await post(placed, a_referral(patient=person, referred_at=referred_at))
        found.append((staying_at, referred_at, receipt["icc"]))
    assert found == STAYS


async def test_the_registered_practice_still_goes_before_where_a_person_stays(placed: Running) -> None:
    receipt = await post(placed, a_referral(patient=a_patient(staying_at="LA8 9ZZ")))
    assert receipt["icc"] == "kendal"


@pytest.mark.parametrize("staying_at", ["LA8 9ZZ", "LA8 8ZZ"])
async def test_without_a_directory_a_postcode_of_several_communities_is_not_guessed(
    referrals: Running, staying_at: str
) -> None:
    person = a_patient(registered_practice=None, staying_at=staying_at)
    assert (await post(referrals, a_referral(patient=person)))["icc"] == "unrouted"


async def test_a_sub_community_is_answered_with_its_areas_and_so_is_the_community_above(
    placed: Running,
) -> None:
    token = placed.token("dashboard")
    members = {}
    for slug in ("windermere", "grange-and-lakes", "kendal", "morecambe-bay", "pcn:U35939"):
        answer = await placed.client.get(f"/v1/communities/{slug}?as_at=2026-06-12", headers=token)
        members[slug] = answer.json()["lsoas"]
    assert members == {
        "windermere": [WINDERMERE],
        "grange-and-lakes": [WINDERMERE],
        "kendal": [KENDAL],
        "morecambe-bay": [WINDERMERE, KENDAL],
        "pcn:U35939": [],
    }
    kendal = await placed.client.get("/v1/communities/kendal?as_at=2026-06-12", headers=token)
    assert kendal.json()["postcode_areas"] == ["LA9"]


def test_a_broken_directory_stops_the_start(tmp_path: Path) -> None:
    broken = tmp_path / "directory.csv"
    broken.write_text("postcode,area\n")
    with pytest.raises(
        SettingsError, match=r"ICC_POSTCODE_FILE: .*directory\.csv: it is not a CSV with a column pcds"
    ):
        create_app(Settings(environment="test", data_dir=tmp_path, postcode_file=broken))


def test_an_empty_setting_means_that_there_is_no_directory() -> None:
    assert Settings(postcode_file="").postcode_file is None
