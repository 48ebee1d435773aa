"""`icc demo` into a running system: what was planted is what the services answer, and the days of `docs/days` are lived in it."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.cli.demo.admissions import admitted
from shared.cli.demo.command import scene_of
from shared.cli.demo.lives import lives
from shared.cli.demo.scene import Scene
from shared.months import london_day
from tests.support.ports import free_ports
from tests.support.system import ROOT, System, running_system, until

LONGEST = 240
"""Seconds of a command: it takes ten where little else runs."""

DAYS = sorted(one for one in (ROOT / "docs" / "days").glob("*.py") if one.stem != "day")
NEXT_ACTION = re.compile(r"Next action: \S.* \(\S.*\)")

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def answers_to() -> str:
    """The origin at which a day's sender listens for answers, which the system may call."""
    return f"http://127.0.0.1:{free_ports(1)}"


@pytest.fixture(scope="module")
def system(system_directory: Path, answers_to: str) -> Iterator[System]:
    """The system that the demonstration is pushed into."""
    told = {"ICC_DELIVERY_ORIGINS": answers_to}
    with running_system(system_directory, workers=2, environment=told) as started:
        yield started


@pytest.fixture(scope="module")
def scene(system: System) -> Scene:
    """The demonstration, which was pushed."""
    made = scene_of(seed=7, size="small", last=None, today=london_day(datetime.now(UTC)))
    pushed = system.run(
        "demo", "--seed", "7", "--size", "small", "--last", str(made.last), "--no-publish", seconds=LONGEST
    )
    assert pushed.returncode == 0, pushed.stdout + pushed.stderr
    assert pushed.stdout.splitlines()[-1] == "demo ready"
    return made


async def asked(system: System, path: str, **params: str) -> Any:
    async with system.client("trajectories") as client:
        answer: httpx.Response = await client.get(path, params=params, headers=system.token("analyst"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def numerators(answer: Any) -> dict[str, list[int]]:
    """Of each community, month by month."""
    return {one["community"]: [point["numerator"] for point in one["points"]] for one in answer["series"]}


async def test_the_services_answer_what_was_planted(system: System, scene: Scene) -> None:
    window = {"from": str(scene.months[0]), "to": str(scene.last)}
    made = admitted(scene)
    slugs = ",".join(made.admissions)
    for measure, planted in (("emergency-admissions", made.admissions), ("falls-admissions-65", made.falls)):
        answer = await asked(system, "/v1/performance", measure=measure, community=slugs, **window)
        assert numerators(answer) == {
            slug: [months[month] for month in scene.months] for slug, months in planted.items()
        }


async def test_the_trajectory_adds_up_to_the_plan_and_readers_are_told_that_it_is_invented(
    system: System, scene: Scene
) -> None:
    answer = await asked(
        system,
        "/v1/performance",
        measure="non-elective-admissions",
        community="morecambe-bay",
        include="trajectory,annotations",
        period=str(scene.last),
    )
    (bay,) = answer["series"]
    (point,) = bay["points"]
    real = scene.figures.admissions[scene.figures.index_of(scene.last - 12)]
    assert point["trajectory"] == round(real * 0.99)
    assert any("invented" in note["text"] for note in bay["annotations"])


@pytest.mark.usefixtures("scene")
async def test_the_council_s_quarter_is_the_real_one(system: System) -> None:
    answer = await asked(
        system,
        "/v1/performance",
        measure="reablement-assessments",
        community="south-cumbria",
        **{"from": "2020-01", "to": "2020-03"},
    )
    assert numerators(answer) == {"south-cumbria": [153, 140, 179]}


async def test_referrals_are_counted_where_and_when_they_were_planted(system: System, scene: Scene) -> None:
    planted = Counter(
        (life.community, life.referral["referred_at"][:7]) for life in lives(scene, scene.size.referrals)
    )

    async def counted() -> bool:
        answer = await asked(
            system,
            "/v1/performance",
            measure="referrals-received",
            **{"from": str(scene.months[0]), "to": str(scene.last)},
        )
        found = {
            (one["community"], point["month"]): point["value"]
            for one in answer["series"]
            for point in one["points"]
            if point["value"]
        }
        return found == {place: count for place, count in planted.items() if place[0] != "unassigned"}

    await until(counted)


@pytest.mark.usefixtures("scene")
async def test_every_community_has_a_meeting_behind_it_and_one_ahead(system: System) -> None:
    async with system.client("referrals") as client:
        answer = await client.get(
            "/v1/mdt-meetings",
            params={"limit": "100"},
            headers=system.token("case-manager", communities=("*",)),
        )
    meetings = answer.json()["items"]
    assert Counter(Counter(one["community"] for one in meetings).values()) == {2: 8}


async def test_a_second_run_changes_nothing(system: System, scene: Scene) -> None:
    async def stored() -> list[int]:
        """How much of each kind there is, but for what the services make of their own accord."""
        return [
            sum(
                one.get("automatic") is None and one.get("superseded_by") is None
                for one in (await asked(system, path, limit="500"))["items"]
            )
            for path in (
                "/v1/trajectory-versions",
                "/v1/bay-trajectories",
                "/v1/annotations",
                "/v1/targets",
                "/v1/annual-plans",
                "/v1/commentaries",
            )
        ]

    before = await stored()
    again = system.run(
        "demo", "--seed", "7", "--size", "small", "--last", str(scene.last), "--no-publish", seconds=LONGEST
    )
    assert again.returncode == 0, again.stdout + again.stderr
    assert await stored() == before


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.stem)
def test_a_day_ends_with_a_next_action(system: System, answers_to: str, day: Path) -> None:
    told = {"ICC_DATA_DIR": str(system.data_dir), "ICC_DELIVERY_ORIGINS": answers_to}
    lived = subprocess.run(
        [sys.executable, str(day)],
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert lived.returncode == 0, lived.stdout + lived.stderr
    assert NEXT_ACTION.fullmatch(lived.stdout.splitlines()[-1]), lived.stdout
