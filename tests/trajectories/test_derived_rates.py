"""Rates that are made from the counts of two tables: what each part is when one table is late, or contradicts the other."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.trajectories.measures.catalogue import load_catalogue
from services.trajectories.performance.rules.cells import Cell, cells_by_kind
from services.trajectories.performance.rules.figure import Figure
from services.trajectories.performance.rules.figures import Figures
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.question import month_window
from shared.months import Month
from shared.registry.loading import load_registry

PLACES = Geography(load_registry())
JANUARY = Month(2020, 1)


def plan_rate(*cells: Cell, place: str = "kendal") -> Figure:
    return a_rate("plan", *cells, place=place)


def a_rate(name: str, *cells: Cell, place: str = "kendal") -> Figure:
    measure = load_catalogue().get(f"reablement-{name}-rate")
    assert measure is not None
    figures = Figures(measure, cells_by_kind(cells), PLACES, today=date(2020, 6, 1))
    return figures.figure(PLACES.select(place), month_window(JANUARY))


def route(value: str, count: int, place: str = "kendal") -> Cell:
    return Cell("reablement-assessments", JANUARY, place, f"route={value}", count, None)


def outcome(value: str, count: int, place: str = "kendal") -> Cell:
    return Cell("reablement-outcomes", JANUARY, place, f"outcome={value}", count, None)


def parts(figure: Figure) -> tuple[int | None, int | None]:
    return figure.numerator, figure.denominator


def test_a_rate_is_of_the_assessments_that_the_routes_table_states() -> None:
    figure = plan_rate(
        route("community", 19), route("hospital", 6), outcome("plan", 17), outcome("refused", 7)
    )
    assert parts(figure) == (17, 25)


def test_without_the_routes_a_rate_is_of_its_own_table() -> None:
    assert parts(plan_rate(outcome("plan", 17), outcome("refused", 1))) == (17, 18)


def test_without_the_outcomes_a_rate_is_not_supplied_and_not_0() -> None:
    figure = plan_rate(route("community", 19))
    assert parts(figure) == (None, None)
    assert figure.status == "not-supplied"


def test_an_outcome_left_blank_has_no_rate_and_adds_0_of_its_assessments_to_a_roll_up() -> None:
    cells = (
        route("community", 19),
        outcome("refused", 1),
        route("community", 46, place="barrow"),
        outcome("plan", 30, place="barrow"),
    )
    blank = plan_rate(*cells)
    assert (blank.numerator, blank.status) == (None, "not-supplied")
    assert parts(plan_rate(*cells, place="south-cumbria")) == (30, 65)


def test_a_roll_up_leaves_the_assessments_out_whose_outcomes_did_not_come() -> None:
    figure = plan_rate(
        route("community", 19),
        outcome("plan", 17),
        route("community", 46, place="barrow"),
        place="south-cumbria",
    )
    assert parts(figure) == (17, 19)
    assert figure.status == "partial"


@given(*[st.none() | st.integers(0, 30)] * 4)
def test_rates_of_one_table_have_one_denominator_and_add_up_to_1_at_most(
    plan: int | None, inappropriate: int | None, refused: int | None, assessed: int | None
) -> None:
    counts = {"plan": plan, "inappropriate": inappropriate, "refused": refused}
    cells = [outcome(value, count) for value, count in counts.items() if count is not None]
    if assessed is not None:
        cells.append(route("community", assessed))
    names = {"plan": "plan", "inappropriate": "inappropriate", "refused": "declined"}
    figures = {value: a_rate(name, *cells) for value, name in names.items()}
    assert {value: figure.numerator for value, figure in figures.items()} == counts
    sent = [count for count in counts.values() if count is not None]
    assert {figure.denominator for figure in figures.values()} == {
        max(sum(sent), assessed or 0) if sent else None
    }
