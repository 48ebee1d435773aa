"""The README's five minutes: its commands, taken from the text and run in their order, show what the text promises."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.system import ROOT, System, running_system, until

TOUR = re.compile(r"^## Five minutes with a council's quarter$(.*?)^## ", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ASSIGNED = re.compile(r"([A-Z]+)=")
SECONDS = 60

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(shutil.which("curl") is None, reason="the tour is written with curl"),
]


def commands() -> list[str]:
    """Every command of the tour; one that goes over several lines is one."""
    tour = TOUR.search((ROOT / "README.md").read_text())
    assert tour is not None
    blocks = "".join(SHELL.findall(tour[1]))
    lines = [line for line in blocks.splitlines() if not line.startswith("#")]
    return [match[0].strip() for match in re.finditer(r"(?:[^\n']|'[^']*'|(?<=\\)\n)+", "\n".join(lines))]


class Visitor:
    """Somebody who pastes the tour's commands into a terminal beside the running system."""

    def __init__(self, system: System, folder: Path) -> None:
        self._commands = iter(commands())
        self._folder = folder
        (folder / "icc").write_text(f'#!/bin/sh\nexec {sys.executable} -P -m shared.cli "$@"\n')
        (folder / "icc").chmod(0o755)
        (folder / "docs").symlink_to(ROOT / "docs")
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "ICC_DATA_DIR": str(system.data_dir),
        }

    def run(self) -> "subprocess.CompletedProcess[str]":
        """The next command, with what it set kept for those after it."""
        return self._run(next(self._commands))

    async def asks(self, *figures: object) -> Any:
        """The next command, a question, asked until its answer holds these values in this order."""
        question = next(self._commands)
        assert question.startswith("curl -s "), question
        answers: list[Any] = []

        async def answered() -> bool:
            answers.append(json.loads(self._run(question).stdout))
            return values(answers[-1])[: len(figures)] == list(figures)

        await until(answered, seconds=SECONDS)
        return answers[-1]

    def is_at_the_end(self) -> bool:
        return next(self._commands, None) is None

    def _run(self, command: str) -> "subprocess.CompletedProcess[str]":
        command = command.replace("/tmp/", f"{self._folder}/")  # noqa: S108 -- the README's, replaced
        assigned = ASSIGNED.match(command)
        if assigned is not None:
            command += f'\nprintf %s "${assigned[1]}"'
        ran = subprocess.run(
            ["/bin/bash", "-c", command],
            env=self._environment,
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if assigned is not None:
            self._environment[assigned[1]] = ran.stdout
        return ran


def values(answer: Any) -> list[Any]:
    """Every value of an answer, series by series."""
    return [point["value"] for one in answer["series"] for point in one["points"]]


@pytest.fixture(scope="module")
def system(system_directory: Path) -> Iterator[System]:
    """The system as the tour starts it: `./icc up` without options."""
    with running_system(system_directory) as started:
        yield started


async def test_the_tour_shows_what_it_promises(system: System, tmp_path: Path) -> None:
    visitor = Visitor(system, tmp_path)
    for _table in ("routes", "outcomes"):
        pushed = visitor.run()
        assert pushed.returncode == 0, pushed.stderr
        assert "472" in pushed.stdout
    for _variable in ("PORT", "REFERRALS", "PERFORMANCE", "TOKEN"):
        visitor.run()
    answer = await visitor.asks(50, 33, 47)
    series = {one["community"]: one["points"] for one in answer["series"]}
    assert [point["value"] for point in series["kendal"]] == [27, 24, 35]
    assert {point["status"] for point in series["lancaster"]} == {"not-supplied"}
    whole = await visitor.asks(153, 140, 179)
    assert {point["status"] for one in whole["series"] for point in one["points"]} == {"partial"}
    routes = await visitor.asks()
    assert sorted(values(routes), reverse=True) == [356, 85, 26, 5]
    await visitor.asks(326 / 472)
    published = visitor.run()
    assert published.returncode == 0, published.stderr
    public = visitor.run().stdout
    assert all(told in public for told in (",*,", ",65,"))
    visitor.run()  # a broken copy
    refused = visitor.run()
    assert refused.returncode != 0
    assert "153" in refused.stdout + refused.stderr
    visitor.run()  # BEFORE
    visitor.run()  # a restated copy
    restated = visitor.run()
    assert restated.returncode == 0, restated.stderr
    await visitor.asks(51)
    await visitor.asks(50)
    assert "201" in visitor.run().stdout.splitlines()[0]
    await visitor.asks(1)
    assert visitor.run().returncode == 0
    assert visitor.is_at_the_end()
