"""`GET /v1/measurement-summaries`: exact for one's own, as it was published to everybody else."""

from typing import Any

import pytest

from tests.outcomes.measuring import PRACTICE, a_measurement, post, record
from tests.outcomes.summing import PEOPLE, SPRING, a_pair, pam_pairs, record_all, refusal, summary
from tests.support.running import Running

LOW, HIGH = [1] * 7, [5] * 7


async def test_two_people_who_change_places_have_a_mean_change_of_0(outcomes: Running) -> None:
    up, down = a_pair(0, {"items": LOW}, {"items": HIGH}), a_pair(1, {"items": HIGH}, {"items": LOW})
    await record_all(outcomes, [*up, *down])
    told = await summary(outcomes, "instrument=swemwbs&icc=kendal")
    assert told["first"] == {
        "n": 2,
        "bands": {"low": 1, "medium": 0, "high": 1},
        "suppressed": False,
    }
    assert told["repeat"]["bands"] == {"low": 1, "medium": 0, "high": 1}
    paired = told["paired"]
    assert (paired["n"], paired["mean_change"], paired["effect_size"]) == (2, 0, 0)
    assert (paired["improved"], paired["same"], paired["worse"]) == (1, 0, 1)
    assert paired["matrix"]["low"] == {"low": 0, "medium": 0, "high": 1}
    assert paired["interval"]["upper"] == pytest.approx(355.77, abs=0.01)
    assert told["threshold"]["key"] == "one-sem"
    assert told["threshold"]["value"] == 1.03
    assert any("Only 2 people" in note for note in told["notes"])
    assert (told["protection"], told["band_sets"]) == (None, ["england-2010-13"])


async def test_scores_are_transformed_before_they_are_averaged(outcomes: Running) -> None:
    # Raw 7 and 35 are 7.00 and 35.00 on the metric, both to raw 21, which is 19.25: 12.25 and -15.75.
    middle = {"items": [3] * 7}
    await record_all(outcomes, [*a_pair(0, {"items": LOW}, middle), *a_pair(1, {"items": HIGH}, middle)])
    told = await summary(outcomes, "instrument=swemwbs")
    assert told["paired"]["mean_change"] == -1.75


async def test_levels_shift_in_a_matrix_of_the_paired_alone(outcomes: Running) -> None:
    await record_all(outcomes, pam_pairs(0, (1, 2, 3), (1, 1, 2), (2, 4, 1), (4, 3, 2)))
    await record_all(
        outcomes,
        [
            a_measurement(
                nhs_number=PEOPLE[50],
                birth_year=None,
                instrument="pam13",
                edition="2010",
                score=70.0,
                taken_on="2026-04-10",
            )
        ],
    )
    told = await summary(outcomes, f"instrument=pam13&{SPRING}")
    assert told["first"]["bands"] == {"level-1": 5, "level-2": 1, "level-3": 0, "level-4": 3}
    assert told["repeat"]["bands"] == {"level-1": 2, "level-2": 3, "level-3": 2, "level-4": 1}
    assert told["paired"]["n"] == 8
    assert told["paired"]["matrix"] == {
        "level-1": {"level-1": 2, "level-2": 3, "level-3": 0, "level-4": 0},
        "level-2": {"level-1": 0, "level-2": 0, "level-3": 0, "level-4": 1},
        "level-3": {"level-1": 0, "level-2": 0, "level-3": 0, "level-4": 0},
        "level-4": {"level-1": 0, "level-2": 0, "level-3": 2, "level-4": 0},
    }
    # Changes of 10, 0, 30 and -20: by 4 points four are improved and two worse.
    assert [told["paired"][name] for name in ("improved", "same", "worse")] == [4, 2, 2]
    assert told["paired"]["mean_change"] == 2.5


async def test_each_person_counts_by_the_latest_repeat(outcomes: Running) -> None:
    pair = a_pair(0, {"items": LOW}, {"items": HIGH})
    later = a_measurement(
        nhs_number=PEOPLE[0], birth_year=None, items=[3] * 7, taken_on="2026-07-10", occasion="repeat"
    )
    await record_all(outcomes, [*pair, later])
    whole = await summary(outcomes, "instrument=swemwbs")
    assert (whole["repeat"]["n"], whole["paired"]["mean_change"]) == (1, 12.25)
    spring = await summary(outcomes, f"instrument=swemwbs&{SPRING}")
    assert (spring["repeat"]["n"], spring["paired"]["mean_change"]) == (1, 28)
    july = await summary(outcomes, "instrument=swemwbs&from=2026-07-01&to=2026-07-31")
    # The pair is made with the first of the episode, which lies before the days asked for.
    assert (july["first"]["n"], july["paired"]["n"]) == (0, 1)


async def test_another_declared_threshold_is_named(outcomes: Running) -> None:
    # 22.35 to 24.11 on the metric: 1.76 is more than one standard error and less than 2.77 of them.
    a_little = a_pair(0, {"items": [3, 3, 3, 4, 4, 4, 4]}, {"items": [3, 4, 4, 4, 4, 4, 4]})
    await record_all(outcomes, a_little)
    usual = await summary(outcomes, "instrument=swemwbs")
    strict = await summary(outcomes, "instrument=swemwbs&threshold=strict")
    assert (usual["paired"]["improved"], strict["paired"]["same"]) == (1, 1)
    assert (strict["threshold"]["key"], strict["threshold"]["value"]) == ("strict", 2.87)
    assert await refusal(outcomes, "instrument=swemwbs&threshold=mine") == (422, "code.unknown", "/threshold")


async def test_less_is_better_where_the_instrument_says_so(outcomes: Running) -> None:
    lonely = {"instrument": "ucla3"}
    await record_all(
        outcomes,
        [
            *a_pair(0, {"items": [3, 3, 3]}, {"items": [2, 2, 2]}, **lonely),
            *a_pair(1, {"items": [2, 2, 2]}, {"items": [2, 2, 3]}, **lonely),
        ],
    )
    told = (await summary(outcomes, "instrument=ucla3"))["paired"]
    assert (told["improved"], told["worse"], told["mean_change"]) == (1, 1, -1)


async def test_frailty_levels_have_no_mean(outcomes: Running) -> None:
    frail = {"instrument": "cfs", "unit": "level"}
    await record_all(outcomes, a_pair(0, {"value": 4}, {"value": 6}, **frail))
    told = await summary(outcomes, "instrument=cfs")
    paired = told["paired"]
    assert paired["matrix"]["very-mild"]["moderate"] == 1
    assert [paired[name] for name in ("mean_change", "interval", "effect_size", "improved")] == [None] * 4
    assert told["threshold"] is None
    assert any("no distances" in note for note in told["notes"])


async def test_pairs_of_two_editions_are_left_out_and_counted(outcomes: Running) -> None:
    pair = a_pair(
        0, {"score": 40.0, "edition": "2010"}, {"score": 60.0, "edition": "current"}, instrument="pam13"
    )
    await record_all(outcomes, [*pair, *pam_pairs(1, (1, 2, 1))])
    told = await summary(outcomes, "instrument=pam13")
    assert (told["repeat"]["n"], told["paired"]["n"]) == (2, 1)
    assert any("1 pairs are left out" in note for note in told["notes"])


async def test_a_question_with_answers_is_summarised_by_them(outcomes: Running) -> None:
    asked = {"instrument": "loneliness-direct"}
    await record_all(outcomes, a_pair(0, {"answer": "often-or-always"}, {"answer": "never"}, **asked))
    told = await summary(outcomes, "instrument=loneliness-direct")
    assert told["first"]["bands"]["often-or-always"] == 1
    assert told["paired"]["matrix"]["often-or-always"]["never"] == 1
    assert told["paired"]["mean_change"] is None


async def test_a_correction_counts_and_what_it_corrects_does_not(outcomes: Running) -> None:
    await record(outcomes, items=LOW, taken_on="2026-04-10")
    made = await record(outcomes, items=HIGH, taken_on="2026-06-10", occasion="repeat")
    corrected = a_measurement(items=LOW, taken_on="2026-06-10", occasion="repeat")
    path = f"/v1/measurements/{made['id']}/correct"
    assert (await post(outcomes, {**corrected, "reason": "misread"}, path=path)).status_code == 201
    told = await summary(outcomes, "instrument=swemwbs")
    assert (told["repeat"]["n"], told["paired"]["mean_change"]) == (1, 0)


async def test_a_follow_up_is_no_repeat(outcomes: Running) -> None:
    await record(outcomes, items=LOW, taken_on="2026-04-10")
    await record(outcomes, items=HIGH, taken_on="2026-06-10", occasion="follow-up")
    told = await summary(outcomes, "instrument=swemwbs")
    assert (told["repeat"]["n"], told["paired"]["n"]) == (0, 0)
    assert any("follow-ups are no repeats" in note for note in told["notes"])


async def test_of_nobody_everything_is_0(outcomes: Running) -> None:
    told = await summary(outcomes, "instrument=gad7")
    assert (told["first"]["n"], told["paired"]["n"], told["paired"]["improved"]) == (0, 0, 0)
    assert [told["paired"][name] for name in ("mean_change", "interval", "effect_size")] == [None] * 3


@pytest.mark.parametrize(
    ("query", "status", "code", "pointer"),
    [
        ("", 400, "query.empty", "/instrument"),
        ("instrument=smile", 422, "code.unknown", "/instrument"),
        ("instrument=team-functioning", 422, "code.unknown", "/instrument"),
        ("instrument=swemwbs&icc=kendall", 422, "icc.unknown", "/icc"),
        ("instrument=swemwbs&icc=A82026", 422, "icc.unknown", "/icc"),
        ("instrument=swemwbs&icc=bay", 422, "icc.ambiguous", "/icc"),
        ("instrument=swemwbs&from=2026-6-1", 422, "date.format", "/from"),
        ("instrument=swemwbs&to=2026-02-30", 422, "date.invalid", "/to"),
        ("instrument=swemwbs&from=2026-07-01&to=2026-06-30", 422, "date.order", "/from"),
        ("instrument=hba1c&threshold=nice", 422, "code.unknown", "/threshold"),
        ("instrument=swemwbs&community=kendal", 400, "query.unknown", ""),
        ("instrument=swemwbs&icc=", 400, "query.empty", ""),
        ("instrument=swemwbs&icc=kendal&icc=east", 400, "query.duplicate", "/icc"),
    ],
)
async def test_a_question_that_cannot_be_answered_is_refused(
    outcomes: Running, query: str, status: int, code: str, pointer: str
) -> None:
    assert (await refusal(outcomes, query))[:2] == (status, code)
    if pointer:
        assert (await refusal(outcomes, query))[2] == pointer


async def test_a_community_sees_its_own_exactly_and_others_as_published(outcomes: Running) -> None:
    await record_all(outcomes, pam_pairs(0, (1, 2, 3), icc="kendal"))
    await record_all(outcomes, pam_pairs(10, (1, 2, 4), icc="barrow"))
    kendal = outcomes.token("case-manager", communities=("kendal",))
    own = await summary(outcomes, f"instrument=pam13&icc=kendal&{SPRING}", by=kendal)
    assert (own["first"]["n"], own["protection"]) == (3, None)
    unnamed = await summary(outcomes, "instrument=pam13", by=kendal)
    assert unnamed["first"]["n"] == 3
    assert any("communities of your token" in note for note in unnamed["notes"])
    for query in ("icc=barrow&", "icc=morecambe-bay&"):
        others = await summary(outcomes, f"instrument=pam13&{query}{SPRING}", by=kendal)
        assert others["protection"]["policy"] == "small-numbers-1-7-round-5"
        assert (others["first"]["n"], others["first"]["suppressed"]) == (None, True)
    group = outcomes.token("case-manager", communities=("barrow-and-millom",))
    assert (await summary(outcomes, "instrument=pam13&icc=barrow", by=group))["first"]["n"] == 4


async def test_a_practice_sees_what_it_sent_or_is_named_in(outcomes: Running) -> None:
    practice = outcomes.token("practice-system", org=PRACTICE)
    await record(outcomes, items=LOW, practice=PRACTICE)
    await record(outcomes, nhs_number=PEOPLE[0], items=HIGH, birth_year=None)
    told = await summary(outcomes, "instrument=swemwbs", by=practice)
    assert (told["first"]["bands"]["low"], told["first"]["n"]) == (1, 1)
    assert any("your organisation" in note for note in told["notes"])


@pytest.mark.parametrize("role", ["dashboard", "analyst", "development-lead", "oversight"])
async def test_without_the_right_to_measurements_figures_are_those_published(
    outcomes: Running, role: str
) -> None:
    await record_all(outcomes, pam_pairs(0, (1, 2, 12), (2, 2, 9), (3, 4, 3)))
    told = await summary(
        outcomes, f"instrument=pam13&icc=kendal&{SPRING}", by=outcomes.token(role, communities=("kendal",))
    )
    assert told["first"] == {
        "n": 25,
        "bands": {"level-1": 10, "level-2": None, "level-3": None, "level-4": 0},
        "suppressed": True,
    }
    paired = told["paired"]
    assert (paired["n"], paired["matrix"], paired["suppressed"]) == (25, None, True)
    # Fifteen changed by 10 or 20 points, nine not at all.
    assert (paired["improved"], paired["same"], paired["worse"]) == (15, 10, 0)
    assert paired["mean_change"] == 7.5
    assert told["protection"]["published_at"] is not None


def dashboard(service: Running) -> dict[str, str]:
    return service.token("dashboard", communities=("*",))


async def test_the_newest_quarter_with_anybody_is_published_unless_another_is_named(
    outcomes: Running,
) -> None:
    await record_all(outcomes, pam_pairs(0, (1, 2, 9)))
    told = await summary(outcomes, "instrument=pam13", by=dashboard(outcomes))
    assert (told["from"], told["to"], told["icc"]) == ("2026-04-01", "2026-06-30", "morecambe-bay")
    assert told["first"]["bands"]["level-1"] == 10
    assert told["paired"]["matrix"]["level-1"]["level-2"] == 10


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("from=2026-04-01", "/from"),
        ("from=2026-04-01&to=2026-05-31", "/from"),
        ("from=2026-04-02&to=2026-06-30", "/from"),
        ("from=2026-05-01&to=2026-07-31", "/from"),
        ("from=2025-04-01&to=2026-03-31", "/from"),
        ("from=2998-04-01&to=2998-06-30", "/from"),
        (f"icc=south-cumbria&{SPRING}", "/icc"),
        (f"icc=unassigned&{SPRING}", "/icc"),
        (f"programme=falls&{SPRING}", "/programme"),
        (f"threshold=mcid&{SPRING}", "/threshold"),
    ],
)
async def test_what_could_be_subtracted_is_not_published(outcomes: Running, query: str, pointer: str) -> None:
    told = await refusal(outcomes, f"instrument=pam13&{query}", by=dashboard(outcomes))
    assert told == (422, "query.group_by", pointer)
    answer = await outcomes.client.get(
        f"/v1/measurement-summaries?instrument=pam13&{query}", headers=dashboard(outcomes)
    )
    assert "one ICC or morecambe-bay" in answer.json()["detail"]


async def test_the_whole_does_not_show_the_one_community_that_is_hidden(outcomes: Running) -> None:
    await record_all(outcomes, pam_pairs(0, (1, 2, 20), icc="kendal"))
    await record_all(outcomes, pam_pairs(50, (1, 2, 3), icc="barrow"))
    ask = f"instrument=pam13&{SPRING}"
    kendal = await summary(outcomes, f"{ask}&icc=kendal", by=dashboard(outcomes))
    whole = await summary(outcomes, ask, by=dashboard(outcomes))
    assert (kendal["first"]["n"], whole["first"]["n"]) == (20, None)
    assert set(whole["first"]["bands"].values()) == {None}
    assert whole["paired"]["mean_change"] is None
    assert any("Too few people" in note for note in whole["notes"])


async def test_three_small_communities_are_in_the_whole_together(outcomes: Running) -> None:
    await record_all(outcomes, pam_pairs(0, (1, 2, 20), icc="kendal"))
    for number, icc in enumerate(("barrow", "millom", "east")):
        await record_all(outcomes, pam_pairs(50 + 10 * number, (1, 2, 4), icc=icc))
    ask = f"instrument=pam13&{SPRING}"
    whole = await summary(outcomes, ask, by=dashboard(outcomes))
    assert (whole["first"]["n"], whole["first"]["bands"]["level-1"]) == (30, 30)
    barrow = await summary(outcomes, f"{ask}&icc=barrow", by=dashboard(outcomes))
    assert barrow["first"]["n"] is None
    untouched = await summary(outcomes, f"{ask}&icc=lancaster", by=dashboard(outcomes))
    assert (untouched["first"]["n"], untouched["first"]["suppressed"]) == (0, False)


async def test_what_was_published_moves_only_with_eight_people(outcomes: Running) -> None:
    ask = f"instrument=pam13&icc=kendal&{SPRING}"
    await record_all(outcomes, pam_pairs(0, (1, 2, 12), (3, 4, 8)))

    async def shown() -> tuple[Any, ...]:
        told = await summary(outcomes, ask, by=dashboard(outcomes))
        return told["first"]["bands"]["level-1"], told["first"]["n"], told["protection"]["published_at"]

    published = await shown()
    assert published[:2] == (10, 20)
    await record_all(outcomes, pam_pairs(100, (1, 2, 7)))
    assert await shown() == published
    await record_all(outcomes, pam_pairs(120, (1, 2, 1)))
    assert (await shown())[:2] == (20, 30)


async def test_a_community_that_was_hidden_is_shown_when_it_has_enough_people(outcomes: Running) -> None:
    ask = f"instrument=pam13&icc=kendal&{SPRING}"
    await record_all(outcomes, pam_pairs(0, (1, 2, 6)))
    assert (await summary(outcomes, ask, by=dashboard(outcomes)))["first"]["n"] is None
    await record_all(outcomes, pam_pairs(50, (1, 2, 2)))
    assert (await summary(outcomes, ask, by=dashboard(outcomes)))["first"]["n"] == 10


async def test_no_summary_names_a_person(outcomes: Running) -> None:
    await record_all(outcomes, pam_pairs(0, (1, 2, 9)))
    ask = f"instrument=pam13&{SPRING}"
    for reader in (dashboard(outcomes), outcomes.token("case-manager", communities=("*",))):
        answer = await outcomes.client.get(f"/v1/measurement-summaries?{ask}", headers=reader)
        assert "level-1" in answer.text
        assert not any(secret in answer.text for secret in ("p1:", PEOPLE[0]))
    kept = await outcomes.rows("select people::text as people from summary_snapshot")
    assert kept
    assert not any("p1:" in row["people"] for row in kept)
