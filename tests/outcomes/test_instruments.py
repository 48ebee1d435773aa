"""Instruments are declared: what ships is shown without any wording, and adding one is adding a file."""

import re
from pathlib import Path
from typing import Any

import pytest

from services.outcomes.instruments.declarations import DECLARED, InstrumentError, load_instruments
from services.outcomes.instruments.scoring import asked
from tests.outcomes.measuring import a_measurement, post
from tests.support.databases import Databases
from tests.support.running import Running, running

AGREED = """
wemwbs swemwbs pam13 pam10 ons4-satisfaction ons4-worthwhile ons4-happy ons4-anxious ucla3 loneliness-direct mycaw
eq5d5l gad7 phq9 efi efi2 cfs hba1c hypoglycaemia-events falls-count-12m frat5 tug-s zbi12 zbi22 team-functioning
"""
PAGE = Path(__file__).parents[2] / "docs" / "instruments.md"
LADDER = re.search(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
DEFAULTS = {
    "wemwbs": 3,
    "swemwbs": 1.03,
    "pam13": 4,
    "pam10": 4,
    "ucla3": 1,
    "ons4-happy": 1,
    "ons4-anxious": 1,
    "gad7": 4,
    "phq9": 5,
    "hba1c": None,
    "cfs": None,
}


async def listed(outcomes: Running, path: str = "/v1/instruments?limit=500") -> dict[str, Any]:
    """What anybody with a token is shown."""
    answer = await outcomes.client.get(path, headers=outcomes.token("dashboard"))
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


async def test_every_agreed_instrument_is_there(outcomes: Running) -> None:
    items = (await listed(outcomes))["items"]
    assert [one["key"] for one in items] == sorted(AGREED.split())
    for one in items:
        assert one["direction"] in {"higher", "lower", "none"}
        assert set(one["licence"]) == {"holder", "wording_allowed", "note"}
        assert sum(threshold["default"] for threshold in one["thresholds"]) == bool(one["thresholds"])
        assert {"key", "value", "source"} <= set().union(*one["thresholds"]) or not one["thresholds"]


async def test_thresholds_and_bands_are_those_agreed(outcomes: Running) -> None:
    items = {one["key"]: one for one in (await listed(outcomes))["items"]}
    default = {
        key: next((one["value"] for one in items[key]["thresholds"] if one["default"]), None)
        for key in DEFAULTS
    }
    assert default == DEFAULTS
    pam = await listed(outcomes, "/v1/instruments/pam13")
    third = {
        bands["key"]: [(one["from"], one["to"]) for one in bands["bands"] if one["band"] == "level-3"]
        for bands in pam["band_sets"]
    }
    assert third == {"2010": [(55.2, 67.0)], "current": [(55.2, 72.4)]}
    assert pam["editions"] == ["2010", "current"]
    wemwbs = items["wemwbs"]
    assert [bands["key"] for bands in wemwbs["band_sets"] if bands["default"]] == ["uk-population"]
    assert len(wemwbs["items"]) == 14
    assert wemwbs["items"][0] == {"number": 1, "values": [1, 2, 3, 4, 5]}
    assert items["efi"]["minimum_age"] == 65
    assert items["eq5d5l"]["components"][0]["direction"] == "lower"
    assert items["eq5d5l"]["components"][-1]["direction"] == "higher"


async def test_an_unknown_instrument_is_not_found(outcomes: Running) -> None:
    answer = await outcomes.client.get("/v1/instruments/none", headers=outcomes.token("dashboard"))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await outcomes.client.get("/v1/instruments")).status_code == 401


async def test_adding_an_instrument_is_adding_a_file(
    databases: Databases, data_dir: Path, tmp_path: Path
) -> None:
    assert LADDER is not None, "the page shows an instrument"
    (tmp_path / "ladder.toml").write_text(LADDER[1])
    async with databases.lend("outcomes") as url:
        place: dict[str, Any] = {"database_url": url, "data_dir": data_dir}
        async with running("outcomes", **place, settings={"instruments": tmp_path}) as outcomes:
            shown = await listed(outcomes, "/v1/instruments/ladder")
            assert shown["asked"] == ["items"]
            first = await post(outcomes, a_measurement(instrument="ladder", items=[2, 2]))
            assert (first.json()["score"], first.json()["band"]) == (4, "low")
            again = {"occasion": "repeat", "taken_on": "2026-06-01"}
            later = await post(outcomes, a_measurement(instrument="ladder", items=[3, 3], **again))
            assert (later.json()["band"], later.json()["changed"]) == ("high", "improved")
            assert later.json()["threshold"]["key"] == "two-points"
        # The file goes, and what was measured by it can still be read.
        async with running("outcomes", **place) as outcomes:
            token = outcomes.token("case-manager", communities=("*",))
            read = (await outcomes.client.get(later.headers["location"], headers=token)).json()
            assert (read["score"], read["band"], read["changed"]) == (6, "high", None)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("to = 4 }", "to = 3 }"), "no band, or more than one, has"),
        (("from = 5,", "from = 4,"), "no band, or more than one, has"),
        (("high = 5", "high = 6"), "no band, or more than one, has"),
        (('kind = "items"', 'kind = "answer"'), "declares what it is answered with"),
        (('direction = "higher"', 'direction = "up"'), "direction"),
        (('key = "ladder"', 'key = "other"'), "is called other.toml"),
        (('kind = "items"', 'kind = "items"\nwording = "How sure are you?"'), "wording"),
        (("value = 2\n", "value = 0\n"), "value"),
        (("default = true\n\n[licence]", "default = false\n\n[licence]"), "one is the default"),
    ],
)
def test_a_mistake_in_a_declaration_is_named_with_its_file(
    tmp_path: Path, wrong: tuple[str, str], told: str
) -> None:
    assert LADDER is not None, "the page shows an instrument"
    assert wrong[0] in LADDER[1]
    (tmp_path / "ladder.toml").write_text(LADDER[1].replace(*wrong))
    with pytest.raises(InstrumentError, match="ladder") as found:
        load_instruments(tmp_path)
    assert told in str(found.value)


def test_no_wording_of_an_item_is_shipped() -> None:
    shipped = load_instruments()
    for path in DECLARED.glob("*.toml"):
        assert not re.search(r"\b(wording|question|text|statement)s? *=", path.read_text()), path.name
    assert all(asked(one) for one in shipped)
