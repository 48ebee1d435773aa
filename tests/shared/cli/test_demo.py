"""What `icc demo` would send: the same each time, real where it says so, and with the effects that were planted."""

import csv
import io
import json
import re
from collections import Counter
from functools import cache
from itertools import islice, pairwise
from statistics import mean
from typing import Any

import pytest

from shared.cli.demo.admissions import admitted, planted_falls
from shared.cli.demo.figures import read_figures
from shared.cli.demo.lists import attendances_csv, registered_csv
from shared.cli.demo.lives import lives
from shared.cli.demo.measurements import measurement_batches
from shared.cli.demo.meetings import meeting
from shared.cli.demo.messages import message_of
from shared.cli.demo.notes import notes
from shared.cli.demo.people import people
from shared.cli.demo.plans import bay_plans, quarters
from shared.cli.demo.promises import commentaries, communities, targets
from shared.cli.demo.scene import SIZES, Scene, a_scene, shared_out
from shared.months import Month
from shared.nhs_numbers import canonical_nhs_number
from shared.registry import load_registry
from tests.shared.cli.calling import icc

LAST = Month(2026, 11)
FIGURES = read_figures()


@cache
def a_bay(*, seed: int = 1, last: Month = LAST) -> Scene:
    return a_scene(load_registry(None), FIGURES, seed=seed, last=last, size=SIZES["small"])


def bodies(scene: Scene) -> list[Any]:
    """Everything that is made of a scene."""
    return [
        registered_csv(scene),
        admitted(scene).csv,
        attendances_csv(scene),
        bay_plans(scene),
        quarters(scene),
        notes(scene),
        list(targets(scene)),
        list(commentaries(scene)),
        list(measurement_batches(scene, 300)),
        list(lives(scene, 200)),
        [meeting(scene, slug, held=True) for slug in communities(scene)],
    ]


def rows(table: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.decode())))


def test_the_same_seed_gives_the_same_bodies_and_another_seed_others() -> None:
    first, second, other = bodies(a_bay()), bodies(a_bay()), bodies(a_bay(seed=2))
    assert first == second
    assert first[1] != other[1]
    assert first[2] != other[2]


def test_every_month_has_as_many_admissions_as_the_same_month_of_the_real_series() -> None:
    made = admitted(a_bay())
    by_month = Counter(row["admitted_on"][:7] for row in rows(made.csv))
    assert sum(by_month.values()) == made.records == 75_073  # RTX, April 2016 to March 2019
    assert by_month["2026-04"] == 2012  # April 2017
    assert by_month["2025-12"] == 2214  # December 2016
    assert by_month["2024-03"] == 2136  # March 2018
    places = {surgery.code: surgery.community for surgery in a_bay().surgeries}
    barrow = sum(places[row["practice"]] == "barrow" for row in rows(made.csv))
    assert barrow == sum(made.admissions["barrow"].values())


@pytest.mark.parametrize("last", [LAST, Month(2026, 3), Month(2027, 1)])
def test_each_month_of_the_real_series_is_used_once_whatever_month_is_the_last(last: Month) -> None:
    scene = a_bay(last=last)
    used = [FIGURES.index_of(month) for month in scene.months]
    assert sorted(used) == list(range(36))
    assert all(
        (month - FIGURES.first_month - at) % 12 == 0 for month, at in zip(scene.months, used, strict=True)
    )


def test_falls_are_fewer_by_a_fifth_where_the_programme_is_and_by_a_fiftieth_elsewhere() -> None:
    scene = a_bay()
    told = rows(admitted(scene).csv)
    community = {surgery.code: surgery.community for surgery in scene.surgeries}
    fallen = Counter(
        (community[row["practice"]], row["admitted_on"] >= "2025-12")
        for row in told
        if row["cause"] and row["admitted_on"] >= "2024-12"
    )
    planted = planted_falls(scene)
    for slug, months in planted.items():
        before, after = fallen[slug, False], fallen[slug, True]
        assert before + after == sum(months[month] for month in scene.months[12:])
        effect = 0.20 if slug == "grange-and-lakes" else 0.02
        assert after == round(before * (1 - effect))
    assert all(int(row["age"]) >= 65 for row in told if row["cause"])


def test_nobody_is_discharged_before_they_came_or_after_what_is_known() -> None:
    for row in rows(admitted(a_bay()).csv):
        assert row["admitted_on"] <= row["discharged_on"] <= "2026-11-30"


def test_registered_people_are_the_lists_of_the_registry() -> None:
    lists = Counter[str]()
    for row in rows(registered_csv(a_bay())):
        if row["month"] == "2026-11":
            lists[row["practice"]] += int(row["count"])
    assert lists["A82026"] == 17_526
    assert lists["Y01008"] == 53_691
    assert "A82034" not in lists  # closed, and counted with its successor


def test_attendances_of_the_bay_are_the_real_ones() -> None:
    months = Counter[str]()
    for row in rows(attendances_csv(a_bay())):
        months[row["month"]] += int(row["count"])
    assert (months["2026-04"], months["2024-03"]) == (7321, 7594)  # April 2017, March 2018


def test_a_plan_asks_for_one_in_a_hundred_less_than_the_year_before() -> None:
    older, newer = bay_plans(a_bay())
    assert (older["year"], newer["year"]) == ("2025-26", "2026-27")
    assert newer["months"]["2026-12"] == round(2214 * 0.99)
    assert len(newer["months"]) == len(older["months"]) == 12


@pytest.mark.parametrize(
    ("last", "first", "newest"),
    [
        (LAST, "2025-04", "2026-10"),
        (Month(2026, 3), "2025-04", "2026-04"),
        (Month(2027, 2), "2025-07", "2027-01"),
    ],
)
def test_versions_begin_where_their_window_has_figures_and_go_on_to_the_quarter_that_has_begun(
    last: Month, first: str, newest: str
) -> None:
    found = quarters(a_bay(last=last))
    assert (str(found[0]), str(found[-1])) == (first, newest)
    assert all(later - sooner == 3 for sooner, later in pairwise(found))


def test_what_is_invented_is_said_in_every_year_and_in_the_last_month() -> None:
    said = [note for note in notes(a_bay()) if note["kind"] == "data-quality"]
    assert [note["month"] for note in said] == ["2024-04", "2025-04", "2026-04", "2026-11"]
    assert all("measure" not in note and "invented" in note["text"] for note in said)


def test_people_have_numbers_of_the_range_for_tests_and_names_of_nobody() -> None:
    invented = list(islice(people(a_bay()), 200))
    assert len({person.nhs_number for person in invented}) == 200
    for person in invented:
        assert canonical_nhs_number(person.nhs_number, test_numbers_allowed=True).startswith("999")
        assert person.family.startswith("Demo-")


def test_so_many_measurements_are_made_as_asked_for_and_repeats_are_better() -> None:
    lines = [json.loads(line) for batch in measurement_batches(a_bay(), 5_300) for line in batch.splitlines()]
    assert len(lines) == 5_300
    assert len({line["key"] for line in lines}) == 5_300
    wellbeing = {
        occasion: mean(
            sum(line["items"])
            for line in lines
            if (line["instrument"], line["occasion"]) == ("swemwbs", occasion)
        )
        for occasion in ("first", "repeat")
    }
    assert wellbeing["repeat"] > wellbeing["first"] + 1


def test_whose_case_is_open_was_measured_since_the_referral() -> None:
    scene = a_bay()
    referred = {
        one.referral["patient"]["nhs_number"]: one.referral["referred_at"][:10]
        for one in lives(scene, scene.size.referrals)
        if one.is_open
    }
    batches = measurement_batches(scene, 2_000)
    measured = [json.loads(line) for batch in batches for line in batch.splitlines()]
    days = [
        (referred[number], one["taken_on"])
        for one in measured
        if (number := one["person"]["nhs_number"]) in referred
    ]
    assert days
    assert all(before < taken for before, taken in days)


def test_nothing_happens_to_a_referral_before_it_or_after_what_is_known() -> None:
    dated = ("at", "assessed_on", "reviewed_on", "discharged_on")
    made = list(lives(a_bay(), 600))
    for life in made:
        referred = life.referral["referred_at"][:10]
        days = [act.body[name][:10] for act in life.acts for name in dated if name in act.body]
        assert all(referred <= day <= "2026-11-30" for day in days)
        assert days == sorted(days)
    assert {act.what for life in made for act in life.acts} == {
        "triage",
        "contact",
        "assessment",
        "care-plan",
        "onward",
        "review",
        "discharge",
    }
    assert any(not life.acts for life in made), "none waits for triage"


def test_a_larger_size_begins_with_the_same_referrals() -> None:
    assert list(lives(a_bay(), 40)) == list(islice(lives(a_bay(), 200), 40))


def test_a_referral_by_fhir_says_what_the_same_one_says_as_json_and_is_the_same_each_time() -> None:
    life = next(life for life in lives(a_bay(), 200) if life.by_fhir)
    message = message_of(life.referral)
    assert message == message_of(life.referral)
    resources = {one["resource"]["resourceType"]: one["resource"] for one in message["entry"]}
    patient, request = resources["Patient"], resources["ServiceRequest"]
    assert patient["identifier"][0]["value"] == life.referral["patient"]["nhs_number"]
    assert request["category"][0]["coding"][1]["code"] == life.referral["pathway"]
    assert request["authoredOn"] == life.referral["referred_at"]
    named = {one["fullUrl"] for one in message["entry"]}
    said = set(re.findall(r"urn:uuid:[0-9a-f-]{36}", json.dumps(message)))
    assert said == named


def test_each_community_has_held_a_meeting_with_its_own_team_and_has_planned_another() -> None:
    scene = a_bay()
    codes = {team.code for team in load_registry(None).file.teams}
    for slug in communities(scene):
        held, planned = (meeting(scene, slug, held=held) for held in (True, False))
        assert {one["org"] for one in held["attendees"]} & codes == {f"{slug.removesuffix('-icc')}-icc"}
        assert held["held_on"] <= "2026-11-30"
        assert planned["held_on"] > "2026-12-31"
        assert not any(one["present"] for one in planned["attendees"])


def test_parts_add_up_to_the_whole() -> None:
    assert shared_out(10, [1, 1, 1]) == [4, 3, 3]
    assert shared_out(0, [1, 2]) == [0, 0]


def test_a_month_that_has_not_ended_is_refused() -> None:
    answer = icc("demo", "--last", "9998-01")
    assert answer.returncode == 2
    assert "has not ended yet" in answer.stderr


def test_production_takes_no_demonstration() -> None:
    answer = icc("demo", ICC_ENVIRONMENT="production")
    assert answer.returncode == 2
    assert "production" in answer.stderr
