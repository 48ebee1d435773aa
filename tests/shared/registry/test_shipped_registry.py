"""What ships says what the client's documents and the ODS lists say, and no more."""

from datetime import date

import pytest

from shared.registry import Outside, Registry
from shared.registry.populations import population_of, stated_population

TODAY = date(2026, 11, 21)
REPORT = date(2020, 3, 31)

# Client's registry page: practices of April 2020 by community, open ones.
PRACTICES = {
    "barrow": "A82007 A82008 A82009 A82010 A82062 A82071 A82072 A82077 A82629",
    "millom": "A82033",
    "mid-furness": "A82003 A82039 A82068 A82651",
    "grange-and-lakes": "A82005 A82046 A82053 A82070 A82613 A82647 A82650",
    "kendal": "A82025 A82026 A82027",
    "east": "A82030 A82608 P81113",
    "lancaster": "P81002 P81013",
    "bay-icc": "Y01008",
    "unassigned": "B82061 P81029",
}
# ePCN April 2020 with list sizes of January 2021.
LISTS_BY_NETWORK = {
    "U17992": 68442,
    "U25520": 29028,
    "U59570": 31327,
    "U35939": 38124,
    "U50573": 30912,
    "U59980": 17877,
    "U27624": 53691,
    "U19808": 81494,
}
COUNCIL_COLUMNS = {
    "Barrow & Millom (Barrow Only)": "barrow",
    "Barrow and Millom (Millom Only)": "millom",
    "Central Lakes & Grange ICC": "grange-and-lakes",
    "East Lakes ICC": "east",
    "Kendal ICC": "kendal",
    "Ulverston, Dalton & Askam ICC": "mid-furness",
}


def test_there_are_eight_communities_six_of_them_in_south_cumbria(shipped: Registry) -> None:
    counted = [item.slug for item in shipped.communities(TODAY, "icc")]
    assert counted == list(PRACTICES)[:-1]
    assert [slug for slug in counted if "south-cumbria" in shipped.ancestors(slug, TODAY)] == counted[:6]
    assert all(shipped.counts_as_icc(slug, TODAY) for slug in counted)
    assert not shipped.counts_as_icc("barrow-and-millom", TODAY)


@pytest.mark.parametrize(("slug", "codes"), PRACTICES.items())
def test_each_community_has_the_practices_of_the_client_s_list(
    shipped: Registry, slug: str, codes: str
) -> None:
    assert sorted(shipped.practices_of(slug, TODAY)) == codes.split()
    assert {shipped.icc_of_practice(code, TODAY) for code in codes.split()} == {slug}


@pytest.mark.parametrize(
    ("closed", "successor", "slug"),
    [
        ("A82034", "P81113", "east"),
        ("A82065", "A82053", "grange-and-lakes"),
        ("A82621", "A82039", "mid-furness"),
    ],
)
def test_a_closed_practice_counts_where_its_successor_does(
    shipped: Registry, closed: str, successor: str, slug: str
) -> None:
    assert shipped.icc_of_practice(closed, TODAY) == slug
    assert shipped.icc_of_practice(closed, REPORT) == slug
    assert shipped.carrier_of(closed, TODAY) == successor
    assert shipped.carrier_of(closed, REPORT) == closed
    assert closed not in shipped.practices_of(slug, TODAY)
    assert closed in shipped.practices_of(slug, TODAY, closed=True)
    practice = shipped.practice(closed)
    assert practice is not None
    assert practice.successor is not None
    assert practice.successor.assumed


@pytest.mark.parametrize(("network", "people"), LISTS_BY_NETWORK.items())
def test_the_lists_of_each_network_add_up_to_the_published_sum(
    shipped: Registry, network: str, people: int
) -> None:
    sizes = [shipped.practice(code) for code in shipped.practices_of_network(network, TODAY)]
    assert sum(practice.list_sizes[0].people for practice in sizes if practice) == people


def test_the_lists_of_the_whole_bay_add_up_with_the_unassigned_and_coniston(shipped: Registry) -> None:
    whole = population_of(shipped, shipped.practices_of("morecambe-bay", TODAY), TODAY)
    assert whole is not None
    assert (whole.people, whole.practices, whole.without_list) == (351_919, 32, ())
    assert whole.people == sum(LISTS_BY_NETWORK.values()) + 1_024
    coniston = shipped.practice("A82613")
    assert coniston is not None
    assert coniston.networks == ()


def test_a_list_that_nobody_gave_is_named_rather_than_counted_as_nought(shipped: Registry) -> None:
    then = population_of(shipped, shipped.practices_of("mid-furness", REPORT), REPORT)
    assert then is not None
    assert (then.people, then.without_list) == (29_028, ("A82621",))


@pytest.mark.parametrize(
    ("slug", "people", "approximate"),
    [
        ("barrow", 60_713, False),
        ("millom", 7_829, False),
        ("barrow-and-millom", 68_542, False),
        ("mid-furness", 25_836, False),
        ("grange-and-lakes", 32_562, False),
        ("kendal", 37_000, True),
    ],
)
def test_populations_stand_as_the_annual_report_states_them(
    shipped: Registry, slug: str, people: int, approximate: bool
) -> None:
    stated = stated_population(shipped, slug, TODAY)
    assert stated is not None
    assert (stated.people, stated.approximate) == (people, approximate)


@pytest.mark.parametrize("slug", ["east", "lancaster", "bay-icc", "morecambe-bay"])
def test_no_population_is_made_up_where_the_report_gives_none(shipped: Registry, slug: str) -> None:
    assert stated_population(shipped, slug, TODAY) is None


@pytest.mark.parametrize(("label", "slug"), COUNCIL_COLUMNS.items())
def test_every_column_the_council_prints_is_a_known_name(shipped: Registry, label: str, slug: str) -> None:
    assert shipped.by_alias(label, "cumbria") == slug
    assert shipped.by_alias(label.upper().replace("&", "and"), "cumbria") == slug
    assert shipped.by_alias(label.replace(" ", "  ").replace(",", ""), "cumbria") == slug


@pytest.mark.parametrize(
    ("label", "slug"),
    [
        ("Barrow Town", "barrow"),
        ("Alfred Barrow", "barrow"),
        ("Dalton & Ulverston", "mid-furness"),
        ("Lancaster Castle", "lancaster"),
        ("Bay", "bay-icc"),
        ("Bay ICC", "bay-icc"),
        ("Grange and Lakes", "grange-and-lakes"),
        ("bay-icc", "bay-icc"),
    ],
)
def test_other_names_of_a_feed_are_known(shipped: Registry, label: str, slug: str) -> None:
    assert shipped.by_alias(label) == slug


@pytest.mark.parametrize("label", ["Carlisle ICC", "carlisle", "COPELAND", "Keswick and Solway ICC", "Eden"])
def test_communities_of_the_rest_of_cumbria_are_known_to_lie_outside(shipped: Registry, label: str) -> None:
    assert isinstance(shipped.by_alias(label), Outside)


@pytest.mark.parametrize("label", ["Kendall ICC", "Grange Lakes", "East Lake ICC", "", "&", "Total"])
def test_a_label_that_is_only_like_a_name_is_never_guessed(shipped: Registry, label: str) -> None:
    assert shipped.by_alias(label) is None


def test_councils_change_hands_on_the_first_of_april_2023(shipped: Registry) -> None:
    assert shipped.councils_of("millom", date(2023, 3, 31)) == ("cumbria", "copeland")
    assert shipped.councils_of("millom", date(2023, 4, 1)) == ("cumberland",)
    assert shipped.councils_of("barrow", date(2023, 4, 1)) == ("westmorland-and-furness",)
    assert shipped.councils_of("lancaster", TODAY) == ("lancashire", "lancaster-city")
    assert shipped.council_by_name("Barrow-in-Furness Borough Council") == "barrow-borough"


def test_hot_work_has_a_team_everywhere_and_proactive_work_its_community_s(shipped: Registry) -> None:
    for item in shipped.communities(TODAY, "icc"):
        hot = "icat" if "lancashire" in shipped.ancestors(item.slug, TODAY) else "urgent-response"
        own = item.slug if item.slug.endswith("-icc") else f"{item.slug}-icc"
        assert shipped.team_for("urgent-response", item.slug, TODAY) == hot
        assert shipped.team_for("discharge-to-assess", item.slug, TODAY) == hot
        assert shipped.team_for("community", item.slug, TODAY) == own
    for nowhere in (shipped.unassigned, shipped.outside, None):
        assert shipped.team_for("urgent-response", nowhere, TODAY) == "urgent-response"
        assert shipped.team_for("community", nowhere, TODAY) == "unrouted"


def test_every_postcode_area_agrees_with_every_practice_in_it(shipped: Registry) -> None:
    agreeing = set()
    for practice in shipped.file.practices:
        found = shipped.icc_of_postcode(practice.postcode, TODAY)
        if found is not None:
            assert found == shipped.icc_of_practice(practice.code, TODAY), practice.code
            agreeing |= {practice.postcode.split(" ")[0], practice.postcode[:-2]}
    unsupported = [area.area for area in shipped.file.postcode_areas if area.area not in agreeing]
    assert unsupported == [area.area for area in shipped.file.postcode_areas if area.assumed]


@pytest.mark.parametrize(
    ("postcode", "slug"),
    [
        ("LA9 4JE", "kendal"),
        ("la94je", "kendal"),
        ("LA12 7BT", "mid-furness"),
        ("LA12 8QF", "grange-and-lakes"),
        ("LA12 9AA", None),
        ("LA5 9JU", None),
        ("SW1A 1AA", None),
        ("not a postcode", None),
    ],
)
def test_a_postcode_is_placed_only_where_there_is_no_doubt(
    shipped: Registry, postcode: str, slug: str | None
) -> None:
    assert shipped.icc_of_postcode(postcode, TODAY) == slug


def test_every_seed_holds_from_april_2013_so_that_no_history_is_unassigned_by_accident(
    shipped: Registry,
) -> None:
    for practice in shipped.file.practices:
        assert [one.valid_from for one in practice.memberships] == [date(2013, 4, 1)], practice.code


def test_what_nobody_stated_is_marked_as_assumed(shipped: Registry) -> None:
    community = shipped.community("bay-icc")
    assert community is not None
    assert community.assumed
    assert all(role.holder is None for role in shipped.file.roles)
