"""What a published summary may not give away: an attacker who knows the rule enumerates every table that fits."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.outcomes.summaries.rules.pairs import Changes
from services.outcomes.summaries.rules.protection import (
    Face,
    Spread,
    face_of,
    moves,
    rounded,
    spread_of,
    states_of,
    statistics_of,
    sum_of_faces,
    sum_of_spreads,
    whole_face_of,
)

LEVELS = ("level-1", "level-2", "level-3", "level-4")


def table(*counts: int) -> dict[str, int]:
    return dict(zip(LEVELS, counts, strict=True))


# Source of the roundings: domain practice of NHS Digital since September 2018.
@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, 0), (8, 10), (12, 10), (13, 15), (17, 15), (18, 20), (22, 20), (23, 25), (472, 470)],
)
def test_counts_are_rounded_to_the_nearest_5(count: int, shown: int) -> None:
    assert rounded(count) == shown


@pytest.mark.parametrize(
    ("counts", "n", "shown"),
    [
        ((20, 12, 9, 8), 50, (20, 10, 10, 10)),
        ((20, 12, 0, 8), 40, (20, 10, 0, 10)),
        ((0, 0, 0, 0), 0, (0, 0, 0, 0)),
        ((20, 12, 9, 3), 45, (20, 10, None, None)),  # a hidden one is not alone
        ((20, 12, 5, 3), 40, (20, 10, None, None)),  # two hidden ones have eight people
        ((20, 12, 2, 3), 35, (20, None, None, None)),  # five people would be too few
        (
            (3, 0, 0, 4),
            None,
            (None, None, None, None),
        ),  # seven people are told of nothing, not even where none is
        ((20, 0, 0, 4), 25, (None, 0, 0, None)),
    ],
)
def test_a_hidden_count_is_never_what_the_total_leaves(
    counts: tuple[int, ...], n: int | None, shown: tuple[int | None, ...]
) -> None:
    face = face_of(sum(counts), table(*counts))
    assert (face.n, tuple(face.cells.values())) == (n, shown)


def test_people_without_a_band_are_part_of_what_is_left() -> None:
    assert face_of(43, {"low": 20, "high": 20}) == Face(45, {"low": 20, "high": None})


def possible(face: Face, most: int) -> Iterator[Mapping[str, int]]:
    """Every table that shows this face, by trying all that are near: what somebody finds who knows the rule."""
    ranges = [
        range(1, most) if shown is None else ([0] if shown == 0 else range(max(8, shown - 2), shown + 3))
        for shown in face.cells.values()
    ]
    for counts in product(*ranges):
        cells = dict(zip(face.cells, counts, strict=True))
        if face_of(sum(counts), cells) == face:
            yield cells


@settings(max_examples=60)
@given(st.lists(st.one_of(st.just(0), st.integers(1, 7), st.integers(8, 14)), min_size=3, max_size=3))
def test_of_a_hidden_count_four_values_stay_possible(counts: list[int]) -> None:
    cells = dict(zip(("improved", "same", "worse"), counts, strict=True))
    face = face_of(sum(counts), cells)
    if face.n in (None, 0) or not face.hides:
        return
    fitting = list(possible(face, 24))
    assert cells in fitting
    for name, shown in face.cells.items():
        if shown is None:
            assert len({one[name] for one in fitting}) >= 4, (counts, name)


def test_a_matrix_is_shown_wholly_or_not_at_all() -> None:
    cells = {"low>low": 12, "low>high": 9, "high>low": 1, "high>high": 20}
    assert set(whole_face_of(42, cells).cells.values()) == {None}
    assert whole_face_of(50, {**cells, "high>low": 9}).cells["high>low"] == 10


def test_communities_with_few_people_stand_together_where_there_are_three() -> None:
    people = {"kendal": (40,), "east": (3,), "millom": (2,), "barrow": (4,), "bay-icc": (0,)}
    assert states_of({}, people) == {
        "kendal": "alone",
        "east": "together",
        "millom": "together",
        "barrow": "together",
    }
    two = {"kendal": (40,), "east": (3,), "millom": (7,)}
    assert states_of({}, two) == {"kendal": "alone", "east": "apart", "millom": "apart"}
    few = {"east": (3,), "millom": (2,), "barrow": (2,)}
    assert set(states_of({}, few).values()) == {"apart"}


def test_a_community_stays_in_the_group_that_it_was_published_in() -> None:
    before = states_of({}, {"kendal": (40,), "east": (3,), "millom": (2,), "barrow": (4,)})
    grown = {
        "kendal": (5,),
        "east": (30,),
        "millom": (2,),
        "barrow": (4,),
        "lancaster": (6,),
        "bay-icc": (12,),
    }
    after = states_of(before, grown)
    assert {place: after[place] for place in before} == before
    assert after["bay-icc"] == "alone"
    assert "lancaster" not in after  # it would show itself as the difference of two sums
    apart = states_of({}, {"east": (3,), "millom": (2,)})
    assert states_of(apart, {"east": (30,), "millom": (2,)}) == {"east": "alone", "millom": "apart"}


@pytest.mark.parametrize(
    ("state", "before", "now", "taken"),
    [
        (None, range(0), range(1), True),
        ("apart", range(5), range(6), True),
        ("alone", range(20), range(27), False),
        ("alone", range(20), range(28), True),
        ("alone", range(20), range(7, 27), False),  # seven measured anew
        ("together", range(20), range(8, 28), True),
        ("alone", range(20), range(20), False),
    ],
)
def test_figures_move_when_eight_people_are_measured_anew(
    state: str | None, before: range, now: range, taken: bool
) -> None:
    assert moves(state, before=frozenset(before), now=frozenset(now)) is taken  # type: ignore[arg-type]


def test_the_whole_is_what_its_groups_show() -> None:
    faces = [
        Face(20, {"low": 10, "high": 10}),
        Face(25, {"low": None, "high": None}),
        Face(0, {"low": 0, "high": 0}),
    ]
    assert sum_of_faces(faces, ("low", "high")) == Face(45, {"low": None, "high": None})
    assert sum_of_faces(faces[::2], ("low", "high")) == Face(20, {"low": 10, "high": 10})
    assert sum_of_faces([], ("low",)) == Face(0, {"low": 0})


def test_a_mean_of_seven_people_is_not_told_and_of_eight_to_one_decimal() -> None:
    changes = [Fraction(one, 100) for one in (103, 251, -33, 480, 77, 12, 190, 333)]
    assert spread_of(Changes.of(changes[:7])) is None
    spread = spread_of(Changes.of(changes))
    assert spread == Spread(10, Fraction(18, 10), Fraction(17, 10))
    told = statistics_of(spread)
    assert told is not None
    assert (told.mean, told.lower, told.upper, told.effect_size) == (1.8, 0.6, 3.0, 1.1)


def test_the_spread_of_two_groups_is_that_of_their_people() -> None:
    # Ten people at 2 ± 1, ten at 4 ± 1: the variance is (9 + 9 + 20) / 19.
    both = sum_of_spreads([Spread(10, Fraction(2), Fraction(1)), Spread(10, Fraction(4), Fraction(1))])
    assert both is not None
    assert (both.n, float(both.mean)) == (20, 3.0)
    assert float(both.deviation) == pytest.approx((38 / 19) ** 0.5)
    assert sum_of_spreads([]) is None
