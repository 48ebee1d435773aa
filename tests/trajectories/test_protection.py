"""Small numbers: what is hidden, and that taking figures from each other brings nothing back."""

from collections.abc import Iterator
from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.trajectories.measures.catalogue import Measure, load_catalogue
from services.trajectories.performance.rules.figures import Breakdown, Cell, Figures
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.protection import Policy, Range, Sum, isolates
from services.trajectories.performance.rules.question import Window, month_window, windows
from services.trajectories.performance.rules.view import View
from shared.months import Month
from shared.registry import Selection, load_registry

POLICY = Policy()
PLACES = Geography(load_registry())
CATALOGUE = load_catalogue()
MONTHS = (Month(2020, 1), Month(2020, 2), Month(2020, 3))
QUARTER = windows(MONTHS[0], MONTHS[-1], "quarter")[0]
ICCS = ("barrow", "millom", "mid-furness", "grange-and-lakes", "kendal", "east")
TODAY = date(2026, 1, 1)
# The ends of what is shown alike: where rounding leaves least room, subtraction reaches furthest.
TELLING = (0, 1, 2, 6, 7, 8, 12, 13, 17)
on_grids = settings(max_examples=60, deadline=None)


# NHS Digital's method: 0 stays, 1 to 7 are hidden, the rest goes to the nearest 5.
@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, 0), (8, 10), (12, 10), (13, 15), (17, 15), (18, 20), (22, 20), (23, 25), (472, 470)],
)
def test_other_counts_are_rounded_to_the_nearest_five(count: int, shown: int) -> None:
    assert POLICY.rounded(count) == shown
    assert not POLICY.hides(count)


def test_counts_of_one_to_seven_are_hidden() -> None:
    assert [count for count in range(20) if POLICY.hides(count)] == [1, 2, 3, 4, 5, 6, 7]


@given(st.integers(0, 500), st.integers(0, 500))
def test_counts_that_are_shown_as_one_are_exactly_those_of_the_range(one: int, other: int) -> None:
    def face(count: int) -> int | str:
        return "*" if POLICY.hides(count) else POLICY.rounded(count)

    low, high = POLICY.shown_as_same(one)
    assert (low <= other <= high) == (face(one) == face(other))


@given(st.integers(0, 400), st.integers(1, 7))
def test_one_figure_taken_from_another_leaves_a_hidden_count_two_values(part: int, hidden: int) -> None:
    tree = leaf_sum(part, hidden)
    assert POLICY.hides(part) or not isolates(tree, POLICY)


def test_three_parts_and_a_total_that_only_seven_can_explain_are_found() -> None:
    assert isolates(leaf_sum(12, 12, 12, 7), POLICY)
    assert isolates(leaf_sum(8, 8, 1), POLICY)


@given(st.lists(st.integers(0, 14), min_size=2, max_size=4))
def test_the_audit_of_a_sum_finds_exactly_what_trying_all_counts_finds(counts: list[int]) -> None:
    tree = leaf_sum(*counts)
    ranges = [range(part.bounds.low, part.bounds.high + 1) for part in tree.parts]
    possible = [one for one in product(*ranges) if tree.bounds.low <= sum(one) <= tree.bounds.high]
    hidden = [index for index, count in enumerate(counts) if POLICY.hides(count)]
    alone = any(len({one[index] for one in possible}) < POLICY.candidates for index in hidden)
    # A total that is itself small is hidden before any audit.
    assert POLICY.hides(sum(counts)) or isolates(tree, POLICY) == alone


@given(st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=2), min_size=1, max_size=2))
def test_the_audit_of_sums_of_sums_finds_exactly_what_trying_all_counts_finds(
    groups: list[list[int]],
) -> None:
    parts = tuple(leaf_sum(*group) for group in groups)
    total = sum(part.count for part in parts)
    tree = Sum(total, POLICY.shown_as_same(total), hidden=POLICY.hides(total), parts=parts)
    leaves = [leaf for part in parts for leaf in part.parts]
    possible = [
        one
        for one in product(*(range(leaf.bounds.low, leaf.bounds.high + 1) for leaf in leaves))
        if all(node.bounds.low <= total <= node.bounds.high for node, total in totals(tree, iter(one)))
    ]
    seen = [(node.hidden, index) for index, (node, _) in enumerate(totals(tree, iter(possible[0])))]
    alone = any(
        len({list(totals(tree, iter(one)))[index][1] for one in possible}) < POLICY.candidates
        for hidden, index in seen
        if hidden
    )
    assert isolates(tree, POLICY) == alone


def leaf_sum(*counts: int) -> Sum:
    parts = tuple(Sum(count, POLICY.shown_as_same(count), hidden=POLICY.hides(count)) for count in counts)
    return Sum(sum(counts), POLICY.shown_as_same(sum(counts)), hidden=POLICY.hides(sum(counts)), parts=parts)


def totals(node: Sum, leaves: Iterator[int]) -> Iterator[tuple[Sum, int]]:
    """Each node with its total under an assignment of counts to the leaves, parts before their sums."""
    if not node.parts:
        yield node, next(leaves)
        return
    total = 0
    for part in node.parts:
        below = list(totals(part, leaves))
        total += below[-1][1]
        yield from below
    yield node, total


@st.composite
def grids(draw: st.DrawFn) -> list[Cell]:
    """Assessments by community, month and route, with gaps."""
    cells = []
    for place in ICCS[: draw(st.integers(1, len(ICCS)))]:
        for month in MONTHS:
            for route in CATALOGUE_ROUTES:
                count = draw(st.sampled_from((None, *TELLING)))
                if count is not None:
                    cells.append(Cell("reablement-assessments", month, place, f"route={route}", count, None))
    return cells


def measure(key: str) -> Measure:
    found = CATALOGUE.get(key)
    assert found is not None
    return found


CATALOGUE_ROUTES = measure("reablement-assessments").breakdowns["route"]


def a_view(
    cells: list[Cell],
    *,
    own: frozenset[str] = frozenset(),
    own_months: tuple[Month, ...] = MONTHS,
    key: str = "reablement-assessments",
) -> View:
    def exact(place: Selection, month: Month) -> bool:
        return place.code in own and month in own_months

    wholes = [View(Figures(one, cells, PLACES, today=TODAY), POLICY, exact) for one in measure(key).wholes]
    return View(Figures(measure(key), cells, PLACES, today=TODAY), POLICY, exact, wholes=wholes)


def possible(
    view: View, figures: Figures, place: Selection, window: Window, breakdown: Breakdown = None
) -> Range:
    """What somebody who sees a figure must think possible, told apart from what is hidden for its neighbours."""
    figure = figures.figure(place, window, breakdown)
    shown = view.shown(place, window, breakdown)
    if figure.numerator is None:
        return Range(0, 0)
    if not shown.suppressed:
        return POLICY.shown_as_same(figure.numerator)
    return Range(1, 7) if POLICY.hides(figure.numerator) else Range(1, 10**6)


def left_for(part: Range, others: list[Range], total: Range) -> Range:
    low = total.low - sum(one.high for one in others)
    high = total.high - sum(one.low for one in others)
    return part.meet(Range(low, high))


@pytest.mark.parametrize("hidden", [7, 6, 1])
def test_a_total_that_would_give_its_hidden_part_away_is_not_shown(hidden: int) -> None:
    visible = 8 if hidden == 1 else 12
    routes = {"community": visible, "hospital": visible, "not-recorded": visible if hidden > 1 else 0}
    cells = [
        Cell("reablement-assessments", MONTHS[0], "kendal", f"route={route}", count, None)
        for route, count in {**routes, "community-bed": hidden}.items()
    ]
    shown = a_view(cells).shown(PLACES.select("kendal"), month_window(MONTHS[0]))
    # 12 + 12 + 12 + 6 is shown as 10, 10, 10, * and 40, which 6 and 5 explain as well.
    assert shown.suppressed == (hidden != 6)


@on_grids
@given(grids(), st.sampled_from(["kendal", "south-cumbria", "barrow-and-millom", "morecambe-bay"]))
def test_a_total_and_its_parts_never_pin_a_hidden_count_down(cells: list[Cell], whole: str) -> None:
    figures = Figures(measure("reablement-assessments"), cells, PLACES, today=TODAY)
    view = a_view(cells)
    place = PLACES.select(whole)
    below = [PLACES.select(slug) for slug in PLACES.communities(place, MONTHS[0])]
    january = month_window(MONTHS[0])
    by_place = [(one, january, None) for one in below if one != place]
    by_route = [(place, january, ("route", route)) for route in CATALOGUE_ROUTES]
    by_month = [(place, month_window(month), None) for month in MONTHS]
    for total_key, parts in (
        ((place, january, None), by_place),
        ((place, january, None), by_route),
        ((place, QUARTER, None), by_month),
    ):
        total = possible(view, figures, *total_key)
        ranges = [possible(view, figures, *part) for part in parts]
        for index, part in enumerate(parts):
            count = figures.figure(*part).numerator
            if count is not None and POLICY.hides(count):
                left = left_for(ranges[index], ranges[:index] + ranges[index + 1 :], total)
                assert left.high - left.low + 1 >= POLICY.candidates


@on_grids
@given(grids(), st.integers(0, 2))
def test_rolling_windows_are_shown_only_where_no_month_of_them_is_hidden(
    cells: list[Cell], offset: int
) -> None:
    view = a_view(cells)
    place = PLACES.select("kendal")
    window = windows(MONTHS[offset], MONTHS[offset], "rolling12")[0]
    hidden = [view.hides(place, month_window(month)) for month in window.months]
    assert view.hides(place, window) or not any(hidden)


@on_grids
@given(grids())
def test_a_period_cut_short_is_not_shown_to_protected_callers(cells: list[Cell]) -> None:
    cut = windows(MONTHS[1], MONTHS[2], "quarter")[0]
    assert not cut.whole
    shown = a_view(cells).shown(PLACES.select("kendal"), cut)
    assert shown.value is None


@on_grids
@given(grids())
def test_nothing_small_is_ever_shown(cells: list[Cell]) -> None:
    view = a_view(cells)
    for slug, month, route in product(ICCS, MONTHS, CATALOGUE_ROUTES):
        shown = view.shown(PLACES.select(slug), month_window(month), ("route", route))
        assert shown.numerator is None or shown.numerator % 5 == 0
        assert shown.suppressed == (shown.value is None) or shown.status == "not-supplied"


@on_grids
@given(grids())
def test_a_callers_own_true_figures_do_not_open_the_neighbours(cells: list[Cell]) -> None:
    figures = Figures(measure("reablement-assessments"), cells, PLACES, today=TODAY)
    view = a_view(cells, own=frozenset({"barrow"}))
    group, window = PLACES.select("barrow-and-millom"), month_window(MONTHS[0])
    hidden = figures.figure(PLACES.select("millom"), window).numerator
    own = figures.figure(PLACES.select("barrow"), window).numerator or 0
    total = figures.figure(group, window).numerator
    if hidden is None or total is None or not POLICY.hides(hidden) or view.hides(group, window):
        return
    shown = POLICY.shown_as_same(total)
    left = Range(1, 7).meet(Range(shown.low - own, shown.high - own))
    assert left.high - left.low + 1 >= POLICY.candidates


@on_grids
@given(grids(), st.sets(st.sampled_from(ICCS)), st.integers(1, 2))
def test_months_that_are_a_callers_own_do_not_open_those_that_are_not(
    cells: list[Cell], own: set[str], months: int
) -> None:
    """A council that begins within the quarter: its months are exact, those of the council before it are not."""
    figures = Figures(measure("reablement-assessments"), cells, PLACES, today=TODAY)
    view = a_view(cells, own=frozenset(own), own_months=MONTHS[months:])
    places = [PLACES.select(slug) for slug in ICCS]
    of_month = {
        (place, month): known(view, figures, place, month_window(month))
        for place in places
        for month in MONTHS
    }
    quarters = []
    for place in places:
        ranges = [of_month[place, month] for month in MONTHS]
        quarters.append(
            known(view, figures, place, QUARTER).meet(
                Range(sum(one.low for one in ranges), sum(one.high for one in ranges))
            )
        )
        for index, month in enumerate(MONTHS):
            count = figures.figure(place, month_window(month)).numerator or 0
            if POLICY.hides(count) and not view.exact(place, month_window(month)):
                others = ranges[:index] + ranges[index + 1 :]
                left = left_for(ranges[index], others, known(view, figures, place, QUARTER))
                assert left.high - left.low + 1 >= POLICY.candidates
    total = known(view, figures, PLACES.select("south-cumbria"), QUARTER)
    for index, place in enumerate(places):
        count = figures.figure(place, QUARTER).numerator or 0
        if POLICY.hides(count) and place.code not in own:
            left = left_for(quarters[index], quarters[:index] + quarters[index + 1 :], total)
            assert left.high - left.low + 1 >= POLICY.candidates


def assessed(**counts: tuple[int, ...]) -> list[Cell]:
    """Assessments by community (written with underscores) and month."""
    return [
        Cell("reablement-assessments", month, place.replace("_", "-"), "route=community", count, None)
        for place, months in counts.items()
        for month, count in zip(MONTHS, months, strict=False)
    ]


def test_a_quarter_of_which_two_months_are_known_exactly_does_not_show_the_third() -> None:
    view = a_view(assessed(kendal=(3, 20, 30)), own=frozenset({"kendal"}), own_months=MONTHS[1:])
    assert view.shown(PLACES.select("kendal"), QUARTER).suppressed
    assert view.shown(PLACES.select("kendal"), month_window(MONTHS[1])).value == 20


def test_a_sum_of_quarters_that_are_known_exactly_by_their_months_does_not_show_the_rest() -> None:
    cells = assessed(barrow=(0, 16), mid_furness=(0, 15), kendal=(0, 15), east=(7,))
    own = frozenset({"barrow", "mid-furness", "kendal"})
    # January's zeros are shown to everybody and February is theirs: 53 is shown as 55, 53 at least, and 46 are known.
    view = a_view(cells, own=own, own_months=MONTHS[1:])
    assert view.shown(PLACES.select("barrow"), QUARTER).value == 15
    assert view.shown(PLACES.select("south-cumbria"), QUARTER).suppressed
    assert not a_view(cells).shown(PLACES.select("south-cumbria"), QUARTER).suppressed


def known(view: View, figures: Figures, place: Selection, window: Window) -> Range:
    """As `possible`, for a reader who sees some figures exactly."""
    if view.exact(place, window):
        count = figures.figure(place, window).numerator or 0
        return Range(count, count)
    return possible(view, figures, place, window)


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_rate_that_leaves_few_people_over_is_hidden(part: int, rest: int) -> None:
    cells = [
        Cell("reablement-outcomes", MONTHS[0], "kendal", "outcome=plan", part, None),
        Cell("reablement-outcomes", MONTHS[0], "kendal", "outcome=refused", rest, None),
    ]
    shown = a_view(cells, key="reablement-plan-rate").shown(PLACES.select("kendal"), month_window(MONTHS[0]))
    few = any(POLICY.hides(count) for count in (part, rest, part + rest))
    assert shown.suppressed == few
    assert (
        few
        or part + rest == 0
        or shown.value == pytest.approx(POLICY.rounded(part) / POLICY.rounded(part + rest))
    )


def test_a_rate_does_not_show_as_its_denominator_a_total_that_is_hidden() -> None:
    routes = {"community": 12, "community-bed": 12, "hospital": 12, "not-recorded": 7}
    cells = [
        Cell("reablement-assessments", MONTHS[0], "kendal", f"route={route}", count, None)
        for route, count in routes.items()
    ]
    cells += [Cell("reablement-outcomes", MONTHS[0], "kendal", "outcome=plan", 30, None)]
    kendal, january = PLACES.select("kendal"), month_window(MONTHS[0])
    assert a_view(cells).shown(kendal, january).suppressed
    shown = a_view(cells, key="reablement-plan-rate").shown(kendal, january)
    assert (shown.suppressed, shown.value, shown.numerator, shown.denominator) == (True, None, None, None)


@on_grids
@given(grids())
def test_figures_add_up_over_places_months_and_routes(cells: list[Cell]) -> None:
    figures = Figures(measure("reablement-assessments"), cells, PLACES, today=TODAY)
    south = PLACES.select("south-cumbria")
    total = figures.figure(south, QUARTER).numerator or 0
    assert total == sum(cell.numerator for cell in cells)
    places = [figures.figure(PLACES.select(slug), QUARTER).numerator or 0 for slug in ICCS]
    months = [figures.figure(south, month_window(month)).numerator or 0 for month in MONTHS]
    routes = [figures.figure(south, QUARTER, ("route", route)).numerator or 0 for route in CATALOGUE_ROUTES]
    assert total == sum(places) == sum(months) == sum(routes)
    assert figures.figure(PLACES.whole, QUARTER).numerator == figures.figure(south, QUARTER).numerator
