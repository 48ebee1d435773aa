"""What is published is attacked: nobody finds a hidden count with fewer than four values, and most figures are shown."""

import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from services.trajectories.measures.catalogue import load_catalogue
from services.trajectories.performance.rules.cells import Cell
from services.trajectories.performance.rules.protection import Policy, Range
from services.trajectories.publications.rules import audit
from services.trajectories.publications.rules.cutting import PublishedFigure, families
from services.trajectories.publications.rules.faces import Face, coarse_class, of_practice
from services.trajectories.publications.rules.making import cut_of_family
from shared.months import Month
from tests.trajectories.attacking import Found, attacks, cutting_of
from tests.trajectories.attacking_practices import attack_practices
from tests.trajectories.quarters import Target, reablement, small_target

SEEDS = range(12)
SHARE = 0.9
APRIL = Month(2021, 4)
KENDAL = "kendal"


def test_no_hidden_count_of_invented_quarters_has_fewer_than_four_values(tmp_path: Path) -> None:
    """Councils, months, places, breakdowns, rates; a resend; a reader who knows one community exactly."""
    target = small_target(tmp_path)
    found = [attacks(seed, target, communities=2, resends=1) for seed in SEEDS]
    assert [one.narrowed for one in found if one.narrowed] == []
    assert sum(one.hidden for one in found) > 50
    assert share_of(found) >= SHARE


def test_nor_has_any_of_two_tables_that_count_the_same_people() -> None:
    found = [attacks(seed, reablement(), communities=2, resends=0) for seed in (1, 2)]
    assert [one.narrowed for one in found] == [[], []]
    assert share_of(found) >= SHARE


def test_nor_has_any_count_of_a_practice_whose_neighbours_are_known(tmp_path: Path) -> None:
    """A quarter that is over, and a resend: sums show the class of the sum, or the larger one."""
    target = small_target(tmp_path, supply="practice")
    found = [attack_practices(seed, target, resends=1) for seed in range(3)]
    assert [one.narrowed for one in found if one.narrowed] == []
    assert sum(one.hidden for one in found) > 50


def share_of(found: Sequence[Found]) -> float:
    return sum(one.shown for one in found) / sum(one.due for one in found)


def test_the_attacker_finds_what_is_shown_without_a_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing is taken back, the same attack finds counts; so it can."""
    monkeypatch.setattr(audit.Auditor, "unsafe", lambda _: [])
    target = small_target(tmp_path)
    assert any(attacks(seed, target, communities=3, resends=0).narrowed for seed in (143, 223, 253))
    practices = small_target(tmp_path, supply="practice")
    assert any(attack_practices(seed, practices, resends=0).narrowed for seed in range(3))


@pytest.mark.parametrize("neighbour", [(1, 2, 3, 4), (5, 6, 7, 8), (13, 14, 15, 16, 17)])
def test_a_practice_that_posts_sees_the_same_whatever_its_neighbour_has(neighbour: tuple[int, ...]) -> None:
    """Every figure of every cut is the same for four counts of the neighbour and more."""
    worlds = {count: walk(count) for count in neighbour}
    assert len(set(map(str, worlds.values()))) == 1


def walk(neighbour: int) -> list[list[PublishedFigure]]:
    """What is published while a practice posts one referral after another."""
    cuts = []
    for own in range(0, 14, 3):
        counts = (("A82025", own), ("A82026", neighbour), ("A82027", 2))
        made = referrals([(practice, APRIL, count) for practice, count in counts], date(2021, 5, 1))
        cuts.append([cell._replace(due=True) for cell in made])
    return cuts


@pytest.mark.parametrize(("today", "quarter"), [(date(2021, 6, 30), 20), (date(2021, 7, 1), 15)])
def test_a_practices_quarter_is_what_its_months_show_until_it_is_over(today: date, quarter: int) -> None:
    """Three times 5 show 6 each; 15 is itself the middle of its class. Without a breakdown no sum is ever decided with them."""
    cells = referrals([("A82026", APRIL + later, 5) for later in range(3)], today, part="age=25-64")
    own = [cell for cell in cells if (cell.place, cell.grain, cell.breakdown) == (KENDAL, "quarter", "")]
    assert own[0].numerator == quarter


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0, 8), (1, 0, 8), (8, 0, 8), (9, 9, 17), (17, 9, 17), (18, 18, 27)]
)
def test_where_its_class_gives_something_away_a_practice_shows_two_together(
    count: int, low: int, high: int
) -> None:
    assert coarse_class(Policy(), count) == Range(low, high)
    assert of_practice(Policy(), count, coarse=True) == Face((low + high) // 2, low)


def referrals(
    counts: Sequence[tuple[str, Month, int]], today: date, *, part: str | None = None
) -> Sequence[PublishedFigure]:
    """The first cut of practices' referrals. part: of a breakdown, that all are of."""
    catalogue = load_catalogue()
    family = next(
        one for one in families(catalogue) if any(measure.key == "referrals-received" for measure in one)
    )
    cells = [
        Cell("referrals-received", month, practice, breakdown, count, None, "referrals")
        for practice, month, count in counts
        for breakdown in ("", *filter(None, [part]))
        if count
    ]
    cutting = cutting_of(Target(catalogue, family, ()))
    return cut_of_family(cutting, family, cells, today=today, digest="", disclosed={}).cells


def test_a_table_of_halves_is_no_witness() -> None:
    """Where fractions are allowed three counts of a half fit; in whole numbers their sum is 2 or 3, which is too few."""
    known: dict[audit.Sum, Range] = {(0, 1): Range(1, 2), (1, 2): Range(1, 2), (0, 2): Range(1, 2)}
    problem = audit.Problem(values=[1, 1, 1], known=known, hidden=[(0, 1, 2)])
    witnesses = audit.Witnesses()
    deadline = time.thread_time() + 10
    assert audit.Auditor(problem, deadline=deadline, witnesses=witnesses).unsafe() == [(0, 1, 2)]
    assert witnesses[0, 1, 2] == {2, 3}
