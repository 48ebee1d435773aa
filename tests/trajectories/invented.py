"""A catalogue made up for one test: measures of kinds that no live one has yet, or whose figures a test must know."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from shared.facts.cells import Cell
from shared.service.platform import ClockFunction
from tests.support.databases import Databases
from tests.support.running import Running, running

NOW = datetime(2021, 5, 20, 12, 0, tzinfo=UTC)
_USUAL = {
    "title": '"A measure"',
    "unit": '"items"',
    "direction": '"increase"',
    "kind": '"count"',
    "numerator": '"What is counted"',
    "levels": '["practice", "icc", "group", "oversight", "system", "pcn", "council"]',
    "supply": '"events"',
    "source": '"a source"',
    "definition": '"Made up."',
    "definition_version": '"1"',
    "status": '"live"',
}


def a_measure(key: str, *lines: str, **members: str) -> str:
    """A declaration in TOML. members: in TOML too; None-like usual ones are replaced.   lines: dotted members."""
    declared = "\n".join(f"{name} = {value}" for name, value in {**_USUAL, **members}.items())
    return "\n".join((f'["{key}"]', declared, *lines, ""))


def a_rate(key: str, *lines: str, **members: str) -> str:
    """A ratio in TOML, with a denominator."""
    return a_measure(key, *lines, **{"kind": '"ratio"', "denominator": '"What divides"', **members})


@asynccontextmanager
async def inventing(
    databases: Databases,
    folder: Path,
    *measures: str,
    clock: ClockFunction = lambda: NOW,
    registry: Path | None = None,
    origins: tuple[str, ...] = (),
) -> AsyncIterator[Running]:
    """The service with these measures instead of the shipped ones, by default on 20 May 2021 and with the shipped registry.

    origins: of receivers that it may call.
    """
    catalogue = folder / "measures.toml"
    catalogue.write_text("\n".join(measures))
    async with (
        databases.lend("trajectories") as url,
        running(
            "trajectories",
            database_url=url,
            data_dir=folder,
            settings={"measures_file": catalogue, "registry_file": registry, "delivery_origins": origins},
            clock=clock,
        ) as service,
    ):
        yield service


def of_source(cell: Cell, source: str) -> Cell:
    """The same cell as another source gives it."""
    return replace(cell, source=source, provenance={"source": source})
