"""How figures and what charts say of them are put into words."""

from pathlib import Path
from typing import Any

import pytest

from services.trajectories.dashboard.rules import (
    behind_by,
    mark_of,
    months_words,
    number_words,
    part_words,
    target_words,
    trajectory_words,
)
from services.trajectories.measures.catalogue import Measure, load_catalogue
from shared.months import Month
from tests.trajectories.invented import a_measure, a_rate


@pytest.fixture
def measures(tmp_path: Path) -> dict[str, Measure]:
    file = tmp_path / "measures.toml"
    file.write_text(
        "\n".join(
            (
                a_measure("falls", direction='"decrease"'),
                a_measure("plans", direction='"increase"'),
                a_measure("people", direction='"neutral"'),
                a_rate("share", kind='"proportion"', unit='"proportion"'),
            )
        )
    )
    return {one.key: one for one in load_catalogue(file)}


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("falls", 0, "0"),
        ("falls", 1234567, "1,234,567"),
        ("falls", 12.34, "12.3"),
        ("falls", 0.456, "0.46"),
        ("falls", -2.5, "-2.5"),
        ("share", 1 / 3, "33.3%"),
        ("share", 0.5, "50%"),
        ("share", 0.0042, "0.42%"),
        ("falls", None, ""),
    ],
)
def test_a_value_is_written_as_people_read_it(
    measures: dict[str, Measure], key: str, value: float | None, words: str
) -> None:
    assert number_words(value, measures[key]) == words


@pytest.mark.parametrize(
    ("variation", "given", "tone", "words"),
    [
        ("common-cause", {}, "common", "Usual variation"),
        ("common-cause", {"settled": False}, "none", "Nothing unusual, of few months"),
        ("concern-low", {"settled": False}, "concern", "Concern: unusually low"),
        ("neutral-high", {}, "neutral", "Change: unusually high"),
        (None, {}, "none", "Too few months to judge"),
        (None, {"hidden": True}, "none", "Not judged: a month is hidden"),
    ],
)
def test_what_a_chart_says_has_a_sign_and_words(
    variation: str | None, given: dict[str, bool], tone: str, words: str
) -> None:
    mark = mark_of(variation, **given)
    assert (mark.tone, mark.words) == (tone, words)


@pytest.mark.parametrize(
    ("key", "value", "trajectory", "words", "behind"),
    [
        ("falls", 12, 10, "2 above its trajectory of 10 (+20%)", True),
        ("falls", 8, 10, "2 below its trajectory of 10 (−20%)", False),
        ("plans", 8, 10, "2 below its trajectory of 10 (−20%)", True),
        ("people", 12, 10, "2 above its trajectory of 10 (+20%)", False),
        ("falls", 10, 10, "On its trajectory of 10", False),
        ("falls", None, 10, "Trajectory 10", False),
        ("falls", 12, None, None, False),
    ],
)
def test_a_figure_is_told_against_its_trajectory(
    measures: dict[str, Measure],
    key: str,
    value: int | None,
    trajectory: int | None,
    words: str | None,
    behind: bool,
) -> None:
    item: dict[str, Any] = {"value": value, "trajectory": trajectory}
    assert trajectory_words(item, measures[key]) == words
    assert (behind_by(item, measures[key]) > 0) is behind


def test_how_far_a_figure_is_behind_is_a_part_of_its_trajectory(measures: dict[str, Measure]) -> None:
    measure = next(one for one in measures.values() if one.direction == "decrease" and one.kind == "count")
    cases = {(110, 100): 0.1, (100, 100): 0.0, (90, 100): 0.0, (5, 0): 5.0, (None, 100): 0.0}
    for (value, meant), part in cases.items():
        assert behind_by({"value": value, "trajectory": meant}, measure) == pytest.approx(part)


@pytest.mark.parametrize(
    ("months", "words"),
    [
        ([], ""),
        (["2020-01"], "Jan 2020"),
        (["2019-12", "2020-01", "2020-03"], "Dec 2019 to Jan 2020, Mar 2020"),
        (["2020-03", "2020-04", "2020-05"], "Mar to May 2020"),
    ],
)
def test_months_are_told_in_runs(months: list[str], words: str) -> None:
    assert months_words(Month.parse(one) for one in months) == words


@pytest.mark.parametrize(
    ("target", "assurance", "words"),
    [
        (40, "fail", "Target 40: misses it as a rule"),
        (40, "inconsistent", "Target 40: meets or misses it by chance"),
        (40, None, "Target 40"),
        (None, "pass", None),
    ],
)
def test_a_target_is_told_with_what_can_be_expected(
    measures: dict[str, Measure], target: int | None, assurance: str | None, words: str | None
) -> None:
    assert target_words({"target": target, "assurance": assurance}, measures["falls"]) == words


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (("age", "75-84"), "75 to 84"),
        (("age", "85-and-over"), "85 and over"),
        (("route", "not-recorded"), "Not recorded"),
        (("deprivation", "1"), "1"),
    ],
)
def test_a_value_of_a_breakdown_is_written_as_people_read_it(part: tuple[str, str], words: str) -> None:
    assert part_words(part) == words
