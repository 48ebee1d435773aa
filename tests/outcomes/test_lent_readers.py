"""Readers of files that somebody else starts, as the supervisor has them under an account of their own."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.children import child_environment
from shared.local.directory import ROOT
from shared.problems import Unavailable
from shared.service.lent_children import READERS, lent_child
from shared.service.readers import run_child
from shared.service.typesetting import Typesetter
from tests.outcomes.builders import heavy_json, long_csv
from tests.outcomes.test_parse_process import parser, question
from tests.support.quarter import PERIOD, as_csv, outcomes_table

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only here have readers an account of their own"
)


@pytest.fixture
def lender(monkeypatch: pytest.MonkeyPatch) -> Iterator["subprocess.Popen[bytes]"]:
    """The process that starts readers; this one asks it for every child."""
    asking, asked = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    words = [sys.executable, "-m", "shared.local.readers", "--fd", str(asked.fileno())]
    process = subprocess.Popen(
        words, env=child_environment(), pass_fds=(asked.fileno(),), cwd=ROOT, start_new_session=True
    )
    asked.close()
    monkeypatch.setenv(READERS, str(asking.fileno()))
    yield process
    asking.close()
    assert process.wait(timeout=10) in {0, -signal.SIGKILL}


@pytest.mark.usefixtures("lender")
async def test_a_reading_comes_whole_from_a_lent_child() -> None:
    table = as_csv(outcomes_table())
    found = await asyncio.gather(*(parser().read(table, question(period=PERIOD)) for _ in range(3)))
    assert [(len(parsed.figures), parsed.errors) for parsed in found] == [(66, [])] * 3


@pytest.mark.usefixtures("lender")
async def test_a_lent_child_that_needs_too_much_is_told_as_one_of_ours() -> None:
    parsed = await parser().read(heavy_json(), question("json"))
    assert [error["code"] for error in parsed.errors] == ["file.too_large"]


@pytest.mark.usefixtures("lender")
async def test_a_lent_child_that_takes_too_long_is_killed() -> None:
    parsed = await replace(parser(), wall_seconds=0.01).read(
        as_csv(outcomes_table()), question(period=PERIOD)
    )
    assert [error["code"] for error in parsed.errors] == ["file.too_large"]
    child = await lent_child(int(os.environ[READERS]), "services.outcomes.feeds.parse_child", limit=1000)
    child.kill()
    async with asyncio.timeout(10):
        assert await child.wait() == -signal.SIGKILL
    child.close()


async def test_a_lender_that_ends_takes_its_children_with_it(lender: "subprocess.Popen[bytes]") -> None:
    assert (await parser().read(long_csv("2020-01,kendal,community,1"), question())).errors == []
    child = await lent_child(int(os.environ[READERS]), "services.outcomes.feeds.parse_child", limit=1000)
    lender.terminate()
    async with asyncio.timeout(10):
        assert await child.wait() == -signal.SIGKILL
        assert await child.stdout.read() == b""
    child.close()
    with pytest.raises(Unavailable):
        await parser().read(long_csv("2020-01,kendal,community,1"), question())


TEMPLATE = """#set document(title: "A plan")
#set text(lang: "en")
#json(bytes(sys.inputs.content)).plan
"""


@pytest.mark.usefixtures("lender")
async def test_a_document_comes_whole_from_a_lent_child(tmp_path: Path) -> None:
    (tmp_path / "plan.typ").write_text(TEMPLATE)
    made = await Typesetter(asyncio.Semaphore(1)).pdf(
        tmp_path / "plan.typ", {"plan": "To walk to the shop. " * 5_000}, made_at=datetime.now(UTC)
    )
    assert made.startswith(b"%PDF-")
    assert made.rstrip().endswith(b"%%EOF")


@pytest.mark.usefixtures("lender")
@pytest.mark.parametrize("pieces", [1, 3])
async def test_a_child_that_is_not_lent_is_told_by_its_status(pieces: int) -> None:
    async def long() -> AsyncIterator[bytes]:
        for _ in range(pieces):
            yield bytes(1_000_000)

    assert await run_child("os", long(), lambda _: False, wall_seconds=10) == -signal.SIGKILL


@pytest.mark.usefixtures("lender")
@pytest.mark.parametrize(
    "module", ["os", "services.outcomes.app", "services.outcomes.feeds.parse_child;ls", "é"]
)
async def test_nothing_but_a_reader_is_lent(module: str) -> None:
    child = await lent_child(int(os.environ[READERS]), module, limit=1000)
    async with asyncio.timeout(10):
        assert await child.wait() == -signal.SIGKILL
    child.close()
