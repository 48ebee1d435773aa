"""Measurements are recorded as their instrument has them, under a pseudonym, and compared with the first of their episode."""

import asyncio
from typing import Any

import pytest

from services.outcomes.measurements.recording import CREATED
from tests.outcomes.measuring import KATHY, PATH, PRACTICE, a_measurement, post, record, stored
from tests.support.running import Running

SWEMWBS = {
    7: 7.00, 8: 9.51, 9: 11.25, 10: 12.40, 11: 13.33, 12: 14.08, 13: 14.75, 14: 15.32, 15: 15.84, 16: 16.36,
    17: 16.88, 18: 17.43, 19: 17.98, 20: 18.59, 21: 19.25, 22: 19.98, 23: 20.73, 24: 21.54, 25: 22.35, 26: 23.21,
    27: 24.11, 28: 25.03, 29: 26.02, 30: 27.03, 31: 28.13, 32: 29.31, 33: 30.70, 34: 32.55, 35: 35.00,
}  # fmt: skip


def items_of(raw: int) -> list[int]:
    """Seven items of 1 to 5 with this sum."""
    more = raw - 7
    return [1 + min(4, max(0, more - 4 * place)) for place in range(7)]


async def test_a_first_measurement_is_scored_and_read_back(outcomes: Running) -> None:
    answer = await post(outcomes, a_measurement())
    assert answer.status_code == CREATED
    told = answer.json()
    assert (told["score"], told["metric_score"], told["band"], told["band_set"]) == (
        22,
        19.98,
        "medium",
        "england-2010-13",
    )
    assert (told["change_from_first"], told["changed"]) == (None, None)
    assert told["threshold"]["key"] == "one-sem"
    assert told["threshold"]["value"] == 1.03
    assert answer.headers["location"] == f"{PATH}/{told['id']}"
    read = await outcomes.client.get(
        answer.headers["location"], headers=outcomes.token("case-manager", communities=("kendal",))
    )
    assert read.status_code == 200
    shown = read.json()
    assert (shown["score"], shown["given"], shown["icc"]) == (22, {"items": [3, 4, 2, 3, 3, 4, 3]}, "kendal")
    assert shown["occasion"] == "first"


async def test_every_raw_sum_of_swemwbs_has_its_metric(outcomes: Running) -> None:
    metrics = {}
    for number, raw in enumerate(SWEMWBS):
        told = await record(outcomes, items=items_of(raw), episode=f"case-{number}")
        metrics[told["score"]] = told["metric_score"]
        band = "low" if raw <= 21 else "medium" if raw <= 30 else "high"
        assert told["band"] == band
    assert metrics == SWEMWBS
    assert round(sum(metrics.values()), 2) == 585.66


@pytest.mark.parametrize(
    ("score", "older", "current"),
    [
        (0, 1, 1),
        (47.0, 1, 1),
        (47.1, 2, 2),
        (55.1, 2, 2),
        (55.2, 3, 3),
        (67.0, 3, 3),
        (67.1, 4, 3),
        (70.0, 4, 3),
        (72.4, 4, 3),
        (72.5, 4, 4),
        (100, 4, 4),
    ],
)
async def test_a_pam_score_has_the_level_of_its_edition(
    outcomes: Running, score: float, older: int, current: int
) -> None:
    for edition, level in (("2010", older), ("current", current)):
        told = await record(
            outcomes, instrument="pam13", score=score, edition=edition, episode=f"of-{edition}"
        )
        assert (told["score"], told["band"], told["band_set"]) == (score, f"level-{level}", edition)


@pytest.mark.parametrize(
    ("deficits", "share", "band"),
    [
        (0, 0.0, "fit"),
        (4, 0.1111, "fit"),
        (5, 0.1389, "mild"),
        (8, 0.2222, "mild"),
        (9, 0.25, "moderate"),
        (12, 0.3333, "moderate"),
        (13, 0.3611, "severe"),
        (36, 1.0, "severe"),
    ],
)
async def test_deficits_become_a_share_and_a_band(
    outcomes: Running, deficits: int, share: float, band: str
) -> None:
    told = await record(outcomes, instrument="efi", value=deficits, unit="deficits")
    assert (told["score"], told["metric_score"], told["band"]) == (deficits, share, band)


@pytest.mark.parametrize(
    ("mmol", "percent"),
    [
        (20, 4.0),
        (31, 5.0),
        (42, 6.0),
        (47, 6.5),
        (48, 6.5),
        (53, 7.0),
        (58, 7.5),
        (59, 7.5),
        (64, 8.0),
        (75, 9.0),
        (86, 10.0),
        (108, 12.0),
    ],
)
async def test_hba1c_is_classified_in_mmol_and_shown_in_both(
    outcomes: Running, mmol: int, percent: float
) -> None:
    told = await record(outcomes, instrument="hba1c", value=mmol, unit="mmol/mol")
    band = "below-42" if mmol < 42 else "42-47" if mmol < 48 else "48-and-over"
    assert (told["score"], told["percent"], told["band"]) == (mmol, percent, band)
    assert told["threshold"] is None


@pytest.mark.parametrize(
    ("percent", "mmol"),
    [(6.0, 42), (6.4, 46), (6.5, 48), (7.0, 53), (7.5, 58), (8.0, 64), (9.0, 75), (10.0, 86)],
)
async def test_hba1c_in_per_cent_becomes_whole_mmol(outcomes: Running, percent: float, mmol: int) -> None:
    told = await record(outcomes, instrument="hba1c", value=percent, unit="%", target=7.0)
    assert (told["score"], told["percent"], told["target"]) == (mmol, percent, 53)
    assert told["target_met"] is (mmol <= 53)


@pytest.mark.parametrize(
    ("given", "score", "band"),
    [
        ({"instrument": "wemwbs", "items": [3] * 14}, 42, "low"),
        ({"instrument": "wemwbs", "items": [3] * 13 + [4]}, 43, "medium"),
        ({"instrument": "wemwbs", "items": [5] * 14}, 70, "high"),
        ({"instrument": "pam10", "score": 58.9, "edition": "current"}, 58.9, "level-3"),
        ({"instrument": "ons4-satisfaction", "items": [9]}, 9, "very-high"),
        ({"instrument": "ons4-worthwhile", "items": [4]}, 4, "low"),
        ({"instrument": "ons4-happy", "items": [6]}, 6, "medium"),
        ({"instrument": "ons4-anxious", "items": [6]}, 6, "high"),
        ({"instrument": "ucla3", "items": [2, 2, 3]}, 7, None),
        ({"instrument": "loneliness-direct", "answer": "some-of-the-time"}, None, None),
        ({"instrument": "gad7", "items": [2, 2, 2, 2, 1, 1, 0]}, 10, "moderate"),
        ({"instrument": "phq9", "items": [3] * 5 + [0] * 4}, 15, "moderately-severe"),
        ({"instrument": "efi2", "value": 0.0857, "unit": "score"}, 0.0857, "mild"),
        ({"instrument": "efi2", "value": 0.1624, "unit": "score"}, 0.1624, "moderate"),
        ({"instrument": "efi2", "value": 0.2391, "unit": "score"}, 0.2391, "moderate"),
        ({"instrument": "efi2", "value": 0.2392, "unit": "score"}, 0.2392, "severe"),
        ({"instrument": "cfs", "value": 5, "unit": "level"}, 5, "mild"),
        ({"instrument": "falls-count-12m", "value": 2, "unit": "falls"}, 2, None),
        ({"instrument": "frat5", "items": [1, 1, 1, 0, 0]}, 3, "high-risk"),
        ({"instrument": "tug-s", "value": 12.5, "unit": "seconds"}, 12.5, "12-and-over"),
        ({"instrument": "zbi12", "items": [1] * 11 + [0]}, 11, "medium"),
        ({"instrument": "zbi22", "items": [2] * 20 + [1, 0]}, 41, "moderate"),
        ({"instrument": "hypoglycaemia-events", "counts": {"level-2": 1, "level-3": 0}}, 1, None),
        ({"instrument": "eq5d5l", "state": "21232", "vas": 70}, 70, None),
        ({"instrument": "mycaw", "concerns": [{"code": "pain", "score": 5}], "wellbeing": 3}, None, None),
    ],
)
async def test_every_instrument_takes_its_own_shape(
    outcomes: Running, given: dict[str, Any], score: float | None, band: str | None
) -> None:
    told = await record(outcomes, **given)
    assert (told["score"], told["band"]) == (score, band)


async def test_a_repeat_is_compared_with_the_first_by_the_direction_of_its_instrument(
    outcomes: Running,
) -> None:
    await record(outcomes)
    better = await record(outcomes, items=[4, 4, 3, 3, 3, 4, 3], occasion="repeat", taken_on="2026-06-01")
    assert (better["change_from_first"], better["changed"]) == (1.56, "improved")
    same = await record(outcomes, items=[3, 4, 3, 3, 3, 4, 3], occasion="repeat", taken_on="2026-06-02")
    assert (same["change_from_first"], same["changed"]) == (0.75, "same")
    await record(outcomes, instrument="gad7", items=[2] * 7)
    calmer = await record(
        outcomes, instrument="gad7", items=[1] * 7, occasion="repeat", taken_on="2026-06-01"
    )
    assert (calmer["change_from_first"], calmer["changed"]) == (-7, "improved")
    worse = await record(
        outcomes, instrument="gad7", items=[3] * 7, occasion="follow-up", taken_on="2026-06-02"
    )
    assert (worse["change_from_first"], worse["changed"]) == (7, "worse")
    assert worse["threshold"] == {
        "key": "reliable-change",
        "value": 4,
        "source": "Reliable change, NHS Talking Therapies manual",
    }


async def test_parts_of_an_instrument_have_directions_of_their_own(outcomes: Running) -> None:
    await record(outcomes, instrument="eq5d5l", state="21232", vas=70)
    told = await record(
        outcomes, instrument="eq5d5l", state="11242", vas=60, occasion="repeat", taken_on="2026-06-01"
    )
    parts = {one["key"]: (one["change_from_first"], one["changed"]) for one in told["components"]}
    assert parts == {
        "mobility": (-1, "improved"),
        "self-care": (0, "same"),
        "usual-activities": (0, "same"),
        "pain-discomfort": (1, "worse"),
        "anxiety-depression": (0, "same"),
        "vas": (-10, None),
    }
    assert told["component_threshold"]["key"] == "one-level"


async def test_a_concern_is_followed_by_its_code(outcomes: Running) -> None:
    first = [{"code": "pain", "score": 5}, {"code": "sleep", "score": 4}]
    await record(outcomes, instrument="mycaw", concerns=first, wellbeing=4)
    later = [{"code": "sleep", "score": 2}, {"code": "money", "score": 6}]
    told = await record(
        outcomes, instrument="mycaw", concerns=later, wellbeing=4, occasion="repeat", taken_on="2026-06-01"
    )
    parts = {one["key"]: (one["change_from_first"], one["changed"]) for one in told["components"]}
    assert parts == {
        "concern:sleep": (-2, "improved"),
        "concern:money": (None, None),
        "wellbeing": (0, "same"),
    }


async def test_a_repeat_in_another_edition_is_taken_without_a_change(outcomes: Running) -> None:
    await record(outcomes, instrument="pam13", score=50.0, edition="2010")
    told = await record(
        outcomes,
        instrument="pam13",
        score=70.0,
        edition="current",
        occasion="repeat",
        taken_on="2026-06-01",
    )
    assert (told["change_from_first"], told["changed"]) == (None, None)
    assert len(told["notes"]) == 1


async def test_a_reported_level_that_differs_is_kept_beside_the_derived_one(outcomes: Running) -> None:
    told = await record(outcomes, instrument="pam13", score=70.0, edition="2010", level_as_reported=3)
    assert (told["band"], told["level_as_reported"]) == ("level-4", 3)
    assert [(one["code"], one["pointer"]) for one in told["warnings"]] == [
        ("level.differs", "/level_as_reported")
    ]
    agreed = await record(
        outcomes, instrument="pam13", score=70.0, edition="current", level_as_reported=3, episode="other"
    )
    assert agreed["warnings"] == []


async def test_a_second_first_of_an_episode_is_refused(outcomes: Running) -> None:
    await record(outcomes)
    for again in ({"taken_on": "2026-06-01"}, {"taken_on": "2024-05-21"}):
        refused = await post(outcomes, a_measurement(**again))
        assert (refused.status_code, refused.json()["code"]) == (409, "state.transition")
    await record(outcomes, taken_on="2024-05-20")
    await record(outcomes, episode="case-1")
    refused = await post(outcomes, a_measurement(episode="case-1", taken_on="2020-01-01"))
    assert refused.status_code == 409
    assert await stored(outcomes) == 3


async def test_a_repeat_without_a_first_is_refused(outcomes: Running) -> None:
    await record(outcomes, taken_on="2024-05-20")
    for without in (
        {"taken_on": "2026-05-20"},  # 24 months are over
        {"taken_on": "2024-05-19"},
        {"taken_on": "2024-06-01", "episode": "case-1"},
        {"taken_on": "2024-06-01", "nhs_number": "9990000026"},
    ):
        refused = await post(outcomes, a_measurement(occasion="repeat", **without))
        assert (refused.status_code, refused.json()["code"]) == (409, "state.transition")
    taken = await post(outcomes, a_measurement(occasion="repeat", taken_on="2026-05-19"))
    assert taken.status_code == CREATED


async def test_of_two_firsts_at_once_one_is_stored(outcomes: Running) -> None:
    for episode in (None, "case-1"):
        posts = [post(outcomes, a_measurement(episode=episode, nhs_number="9990000026")) for _ in range(6)]
        statuses = sorted(answer.status_code for answer in await asyncio.gather(*posts))
        assert statuses == [201] + [409] * 5
    assert await stored(outcomes) == 2


async def test_a_repeated_request_gets_the_first_answer(outcomes: Running) -> None:
    first = await post(outcomes, a_measurement(), key="one")
    again = await post(outcomes, a_measurement(), key="one")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    other = await post(outcomes, a_measurement(taken_on="2026-05-21"), key="one")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.body_mismatch")
    assert await stored(outcomes) == 1


async def test_no_nhs_number_is_anywhere_in_the_database(outcomes: Running) -> None:
    token = outcomes.token("practice-system", org=PRACTICE)
    await post(outcomes, a_measurement(icc=None), token=token)
    await post(outcomes, a_measurement(occasion="repeat", taken_on="2026-06-01"))
    await outcomes.client.post(f"{PATH}/search", json={"nhs_number": KATHY}, headers=token)
    tables = await outcomes.rows(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
    )
    for table in tables:
        rows = await outcomes.rows(f"select to_jsonb(t)::text as row from {table['relname']} t")  # noqa: S608 -- from the catalogue
        assert not any(KATHY in row["row"] for row in rows), table["relname"]
    persons = {row["person"] for row in await outcomes.rows("select person from measurement")}
    assert persons == {outcomes.platform.keyring.pseudonym(KATHY)}


async def test_a_practice_is_placed_by_itself_and_a_hospital_by_the_practice_it_names(
    outcomes: Running,
) -> None:
    own = await post(outcomes, a_measurement(icc=None), token=outcomes.token("practice-system", org=PRACTICE))
    assert own.json()["icc"] == "kendal"
    hospital = outcomes.token("hospital-system", org="RTX")
    named = await post(outcomes, a_measurement(icc=None, practice="P81002", episode="a"), token=hospital)
    assert named.status_code == 201
    unplaced = await post(outcomes, a_measurement(icc=None, episode="b"), token=hospital)
    assert [one["pointer"] for one in unplaced.json()["errors"]] == ["/icc"]
    unknown = await post(outcomes, a_measurement(icc=None, practice="Z99999", episode="c"), token=hospital)
    assert unknown.json()["icc"] == "not-bay-registered"
    assert [one["code"] for one in unknown.json()["warnings"]] == ["ods.unknown"]


async def test_rows_are_seen_by_community_sender_and_named_practice(outcomes: Running) -> None:
    hospital = outcomes.token("hospital-system", org="RTX")
    made = await post(outcomes, a_measurement(practice=PRACTICE), token=hospital)
    location = made.headers["location"]
    sees = {
        "hospital that sent": hospital,
        "practice that is named": outcomes.token("practice-system", org=PRACTICE),
        "manager of Kendal": outcomes.token("case-manager", communities=("kendal",)),
        "manager of South Cumbria": outcomes.token("case-manager", communities=("south-cumbria",)),
        "other practice": outcomes.token("practice-system", org="A82025"),
        "other hospital": outcomes.token("hospital-system", org="RXL"),
        "manager of Barrow": outcomes.token("case-manager", communities=("barrow",)),
    }
    seen = {
        who: (await outcomes.client.get(location, headers=token)).status_code for who, token in sees.items()
    }
    assert list(seen.values()) == [200, 200, 200, 200, 404, 404, 404]
    searched = {
        who: len(
            (await outcomes.client.post(f"{PATH}/search", json={"nhs_number": KATHY}, headers=token)).json()[
                "items"
            ]
        )
        for who, token in sees.items()
    }
    assert list(searched.values()) == [1, 1, 1, 1, 0, 0, 0]
    foreign = await post(outcomes, a_measurement(episode="x"), token=sees["manager of Barrow"])
    assert (foreign.status_code, foreign.json()["code"]) == (403, "scope")


async def test_who_may_not_is_refused(outcomes: Running) -> None:
    for role in ("analyst", "dashboard", "auditor", "council-feed"):
        token = outcomes.token(role, org="cumbria")
        assert (await post(outcomes, a_measurement(), token=token)).status_code == 403
        answer = await outcomes.client.post(f"{PATH}/search", json={"nhs_number": KATHY}, headers=token)
        assert answer.status_code == 403
    unkeyed = await outcomes.client.post(
        PATH, json=a_measurement(), headers=outcomes.token("case-manager", communities=("*",))
    )
    assert (unkeyed.status_code, unkeyed.json()["code"]) == (400, "idempotency.required")


async def test_each_write_and_read_has_its_audit_row(outcomes: Running) -> None:
    made = await post(outcomes, a_measurement())
    token = outcomes.token("case-manager", communities=("*",))
    await outcomes.client.get(made.headers["location"], headers=token)
    await outcomes.client.post(f"{PATH}/search", json={"nhs_number": KATHY}, headers=token)
    rows = await outcomes.rows("select event, resource_id, person_key from audit order by arrival")
    made_id = made.json()["id"]
    assert [(row["event"], row["resource_id"]) for row in rows] == [
        ("measurement.recorded", made_id),
        ("measurement.read", made_id),
        ("measurement.searched", None),
    ]
    assert len({row["person_key"] for row in rows}) == 1
