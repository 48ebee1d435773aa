"""Rates that are made from the counts of two tables: what each part is when one table is late, or contradicts the other."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.trajectories.measures.catalogue import load_catalogue
from services.trajectories.performance.rules.figures import Cell, Figure, Figures
from services.trajectories.performance.rules.periods import month_window
from services.trajectories.performance.rules.places import Geography
from shared.months import Month
from shared.registry.loading import load_registry

PLACES = Geography(load_registry())
JANUARY = Month(2020, 1)


def plan_rate(*cells: Cell, place: str = "kendal") -> Figure:
    measure = load_catalogue().get("reablement-plan-rate")
    assert measure is not None
    figures = Figures(measure, cells, PLACES, today=date(2020, 6, 1))
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


def test_an_outcome_left_blank_where_others_were_counted_is_0_of_the_assessments() -> None:
    assert parts(plan_rate(route("community", 19), outcome("refused", 1))) == (0, 19)


def test_a_roll_up_leaves_the_assessments_out_whose_outcomes_did_not_come() -> None:
    figure = plan_rate(
        route("community", 19),
        outcome("plan", 17),
        route("community", 46, place="barrow"),
        place="south-cumbria",
    )
    assert parts(figure) == (17, 19)
    assert figure.status == "partial"


@given(st.integers(0, 30), st.integers(0, 30), st.none() | st.integers(0, 30))
def test_a_rate_never_passes_1_however_the_tables_contradict_each_other(
    plan: int, refused: int, assessed: int | None
) -> None:
    routes = [] if assessed is None else [route("community", assessed)]
    numerator, denominator = parts(plan_rate(*routes, outcome("plan", plan), outcome("refused", refused)))
    assert numerator == plan
    assert denominator is not None
    assert numerator <= denominator
