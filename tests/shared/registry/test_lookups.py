"""Look-ups on a registry of invented communities: every answer is that of the day, and nothing is hard coded."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.problems import Problem
from shared.registry import (
    AmbiguousCommunity,
    Outside,
    Registry,
    Selection,
    UnknownCommunity,
    UnknownPractice,
)
from shared.registry.names import fold
from shared.registry.populations import population_of, stated_population

NOW = date(2026, 1, 1)


def test_a_community_moves_to_another_area_on_its_day(invented: Registry) -> None:
    assert invented.ancestors("mill-town", date(2019, 3, 31)) == ("upstream", "silver-valley")
    assert invented.ancestors("mill-town", date(2019, 4, 1)) == ("downstream", "silver-valley")
    assert invented.children("upstream", date(2019, 3, 31)) == ("mill-town", "hill-and-dale")
    assert invented.children("upstream", date(2019, 4, 1)) == ("hill-and-dale",)


@pytest.mark.parametrize(
    ("code", "on", "place"),
    [
        ("Z10002", date(2017, 12, 31), "hill-and-dale"),
        ("Z10002", date(2018, 1, 1), "mill-town"),
        ("Z10003", date(2016, 6, 30), "hill-and-dale"),  # its own membership while it was open
        ("Z10003", date(2017, 12, 31), "hill-and-dale"),  # its successor's
        ("Z10003", date(2018, 1, 1), "mill-town"),  # its successor moved
        ("Z10004", date(2018, 1, 1), "mill-town"),  # two successions on
        ("Z10005", NOW, "to-be-placed"),
        ("Z10001", date(2009, 12, 31), "to-be-placed"),  # of the system, in no community yet
        ("Z99001", NOW, "elsewhere"),
        ("Q99999", NOW, "elsewhere"),
        ("not a code", NOW, "elsewhere"),
    ],
)
def test_a_practice_counts_where_it_stood_on_the_day(
    invented: Registry, code: str, on: date, place: str
) -> None:
    assert invented.icc_of_practice(code, on) == place


@given(st.dates(date(2010, 1, 1), date(2030, 12, 31)))
def test_on_any_day_every_open_practice_counts_once_within_the_whole(invented: Registry, on: date) -> None:
    places = [item.slug for item in invented.communities(on, "icc")] + [invented.unassigned]
    counted = [code for place in places for code in invented.practices_of(place, on)]
    assert sorted(counted) == sorted(invented.practices_of(invented.system, on))
    assert len(counted) == len(set(counted))


@given(
    st.sampled_from(["Z10001", "Z10002", "Z10003", "Z10004", "Z10005"]),
    st.dates(date(2010, 1, 1), date(2030, 1, 1)),
)
def test_a_practice_and_the_one_that_carries_it_count_to_the_same_place(
    invented: Registry, code: str, on: date
) -> None:
    assert invented.icc_of_practice(code, on) == invented.icc_of_practice(invented.carrier_of(code, on), on)


def test_history_follows_the_successor_once_the_practice_is_closed(invented: Registry) -> None:
    assert invented.carrier_of("Z10004", date(2014, 12, 31)) == "Z10004"
    assert invented.carrier_of("Z10004", date(2015, 1, 1)) == "Z10003"
    assert invented.carrier_of("Z10004", date(2016, 7, 1)) == "Z10002"
    assert invented.practices_of("mill-town", NOW, closed=True) == ("Z10001", "Z10002", "Z10003", "Z10004")
    assert invented.practices_of("mill-town", NOW) == ("Z10001", "Z10002")


def test_the_whole_counts_the_unassigned_but_not_the_outside(invented: Registry) -> None:
    assert set(invented.members("silver-valley", NOW)) == {
        "silver-valley",
        "upstream",
        "downstream",
        "hill-and-dale",
        "mill-town",
        "to-be-placed",
    }
    assert "old-quay" in invented.members("silver-valley", date(2020, 12, 31))
    assert invented.ancestors("to-be-placed", NOW) == ("silver-valley",)
    assert invented.ancestors("elsewhere", NOW) == ()
    assert "Z10005" in invented.practices_of("silver-valley", NOW)


def test_a_sub_community_lies_in_its_community_and_ends_on_its_day(invented: Registry) -> None:
    assert invented.icc_of("old-quay", date(2018, 1, 1)) == "mill-town"
    assert "old-quay" in [item.slug for item in invented.communities(date(2020, 12, 31))]
    assert "old-quay" not in [item.slug for item in invented.communities(date(2021, 1, 1))]


def test_whether_a_community_is_counted_depends_on_the_day(invented: Registry) -> None:
    assert not invented.counts_as_icc("hill-and-dale", date(2015, 3, 31))
    assert invented.counts_as_icc("hill-and-dale", date(2015, 4, 1))
    assert not invented.counts_as_icc("hill-and-dale", date(2022, 4, 1))


@pytest.mark.parametrize(
    ("token", "kind", "code", "level"),
    [
        ("silver-valley", "community", "silver-valley", "system"),
        ("old-quay", "community", "old-quay", "sub_community"),
        ("to-be-placed", "line", "to-be-placed", "line"),
        ("elsewhere", "line", "elsewhere", "line"),
        ("Z10003", "practice", "Z10003", "practice"),
        ("Z99001", "practice", "Z99001", "practice"),
        ("pcn:U90001", "pcn", "U90001", "pcn"),
        ("council:great-river", "council", "great-river", "council"),
    ],
)
def test_a_query_may_name_a_place_of_any_kind(
    invented: Registry, token: str, kind: str, code: str, level: str
) -> None:
    found = invented.resolve(token, NOW)
    assert (found.token, found.kind, found.code, found.level) == (token, kind, code, level)


def test_a_query_may_name_several_places_and_each_is_answered_once(invented: Registry) -> None:
    found = invented.resolve_all("mill-town, hill-and-dale,mill-town", NOW)
    assert [selection.token for selection in found] == ["mill-town", "hill-and-dale"]


@pytest.mark.parametrize(
    ("token", "nearest"),
    [
        ("mil-town", "mill-town"),
        ("The Mill Towns (lower)", "mill-town"),
        ("Mill-Town", "mill-town"),
        ("zzzz9", None),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_known(
    invented: Registry, token: str, nearest: str | None
) -> None:
    with pytest.raises(UnknownCommunity) as refusal:
        invented.resolve(token, NOW)
    assert refusal.value.nearest == nearest
    assert token not in str(refusal.value.to_json())


@pytest.mark.parametrize(
    "token", ["", "mill-town,", "pcn:", "pcn:U90009", "council:", "council:mill-town", "z10001"]
)
def test_what_is_no_place_is_refused(invented: Registry, token: str) -> None:
    with pytest.raises(UnknownCommunity):
        invented.resolve_all(token, NOW)


@pytest.mark.parametrize("token", ["valley", "Valley", " VALLEY "])
def test_a_word_for_two_communities_stands_for_neither(invented: Registry, token: str) -> None:
    with pytest.raises(AmbiguousCommunity) as refusal:
        invented.resolve(token, NOW)
    problem: Problem = refusal.value
    assert (problem.status, problem.code) == (422, "icc.ambiguous")
    assert "silver-valley" in problem.detail
    assert "hill-and-dale" in problem.detail


def test_a_practice_code_that_nobody_knows_has_its_own_code(invented: Registry) -> None:
    with pytest.raises(UnknownPractice) as refusal:
        invented.resolve("Q99999", NOW)
    assert (refusal.value.status, refusal.value.code) == (422, "ods.unknown")


def test_a_place_is_not_known_before_it_begins_but_stays_askable_after_it_ended(invented: Registry) -> None:
    assert invented.find("old-quay", date(2015, 12, 31)) is None
    assert invented.find("old-quay", date(2026, 1, 1)) == Selection(
        "old-quay", "community", "old-quay", "sub_community"
    )
    assert invented.find("pcn:U90001", date(2019, 6, 30)) is None


@pytest.mark.parametrize(
    ("token", "on", "codes"),
    [
        ("Z10003", NOW, ("Z10003",)),
        ("pcn:U90001", NOW, ("Z10001",)),
        ("council:river-shire", date(2020, 1, 1), ("Z10001", "Z10002", "Z10005")),
        ("council:river-shire", NOW, ("Z10005",)),  # the practice names it without an end
        ("council:great-river", NOW, ("Z10001", "Z10002")),
        ("mill-town", date(2017, 1, 1), ("Z10001",)),
    ],
)
def test_a_selected_place_comprises_its_practices_of_the_day(
    invented: Registry, token: str, on: date, codes: tuple[str, ...]
) -> None:
    assert invented.practices_selected(invented.resolve(token), on) == codes


def test_a_feed_s_own_names_go_before_everybody_s(invented: Registry) -> None:
    assert invented.by_alias("area 1", "river-shire") == "mill-town"
    assert invented.by_alias("Area-1", "great-river") == "hill-and-dale"
    assert invented.by_alias("Area 1") is None
    assert invented.by_alias("hill AND dale", "river-shire") == "hill-and-dale"
    assert invented.by_alias("the copper coast") == Outside("Copper Coast")
    assert invented.nearest_name("Mil Town") == "Mill Town"
    assert invented.nearest_name("Mill Town" * 10_000) is None
    assert invented.nearest_name("???") is None


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.sampled_from(["Mill Town", "Hill & Dale", "The Mill Towns (Lower)"]), st.data())
def test_case_blanks_and_punctuation_never_change_what_a_label_stands_for(
    invented: Registry, name: str, data: st.DataObject
) -> None:
    gaps = st.text(alphabet=" .,-_/\t()", min_size=1, max_size=3)
    varied = "".join(data.draw(gaps) if letter == " " else letter for letter in name)
    varied = data.draw(st.sampled_from([varied.upper(), varied.lower(), varied.replace("&", "and")]))
    assert invented.by_alias(varied) == invented.by_alias(name)


def test_work_goes_to_the_nearest_area_s_team_and_then_to_the_fallbacks(invented: Registry) -> None:
    then = date(2020, 6, 1)
    assert invented.teams_for("urgent-response", "mill-town", then) == (
        "river-rescue",
        "second-boat",
        "valley-desk",
    )
    assert invented.team_for("urgent-response", "mill-town", date(2021, 1, 1)) == "second-boat"
    assert (
        invented.team_for("urgent-response", "mill-town", date(2018, 1, 1)) == "valley-desk"
    )  # still upstream
    assert invented.team_for("community", "mill-town", then) == "mill-town-team"
    assert invented.team_for("community", "hill-and-dale", then) == "valley-desk"
    assert invented.team_for("community", None, then) == "valley-desk"
    assert invented.team_for("community", invented.outside, then) == "valley-desk"
    assert invented.team_for("knitting", "mill-town", then) is None


def test_posts_of_a_community_include_those_of_its_networks(invented: Registry) -> None:
    assert [role.post for role in invented.roles_of("mill-town", date(2019, 6, 30))] == ["miller"]
    assert [role.post for role in invented.roles_of("mill-town", NOW)] == ["miller", "keeper"]
    assert [team.code for team in invented.teams_of("mill-town", NOW)] == [
        "mill-town-team",
        "second-boat",
        "valley-desk",
    ]


def test_populations_are_the_latest_by_the_day(invented: Registry) -> None:
    stated = [
        stated_population(invented, "mill-town", day) for day in (date(2011, 1, 1), date(2017, 1, 1), NOW)
    ]
    assert [figure and figure.people for figure in stated] == [900, 900, 1000]
    lists = [
        population_of(invented, invented.practices_of("mill-town", day), day)
        for day in (date(2019, 12, 31), date(2020, 1, 1))
    ]
    assert [figure and figure.people for figure in lists] == [400, 500]
    assert [figure and figure.without_list for figure in lists] == [("Z10002",), ("Z10002",)]
    assert population_of(invented, invented.practices_of("hill-and-dale", NOW), NOW) is None
    assert stated_population(invented, "no-such-place", NOW) is None


def test_a_sector_goes_before_its_outward_code(invented: Registry) -> None:
    assert invented.icc_of_postcode("ZZ1 1AA", NOW) == "mill-town"
    assert invented.icc_of_postcode("zz19xx", NOW) == "hill-and-dale"
    assert invented.icc_of_postcode("ZZ1 1AA", date(2009, 1, 1)) is None


@pytest.mark.parametrize(
    ("code", "held"),
    [
        ("Z10001", True),
        ("Z10004", True),  # closed long ago
        ("Z99001", True),  # known to lie outside
        ("U90001", True),
        ("RZZ", True),
        ("Z99999", False),
        ("mill-town-team", False),  # a team has no ODS code
    ],
)
def test_an_organisation_is_known_by_any_ods_code_of_the_file(
    invented: Registry, code: str, held: bool
) -> None:
    assert invented.knows_organisation(code) is held


def test_a_practice_carries_those_that_it_followed_until_another_follows_it(invented: Registry) -> None:
    assert invented.carried_by("Z10003", date(2014, 12, 31)) == ("Z10003",)
    assert invented.carried_by("Z10003", date(2015, 1, 1)) == ("Z10003", "Z10004")
    assert invented.carried_by("Z10003", date(2016, 7, 1)) == ("Z10003",)
    assert set(invented.carried_by("Z10002", date(2016, 7, 1))) >= {"Z10002", "Z10003", "Z10004"}
