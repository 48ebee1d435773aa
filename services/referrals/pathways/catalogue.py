"""Reads the pathway catalogue from its data file, once, when a process starts."""

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import orjson

from services.referrals.pathways.rules import PRIORITIES, Catalogue, Clocks, Pathway, Term
from shared.calendar import add_working_days

FILE = Path(__file__).with_name("pathways.json")


@cache
def catalogue() -> Catalogue:
    """The catalogue that ships with the service, read once in a process."""
    return load_catalogue()


@lru_cache(maxsize=512)
def working_day_after(day: date, days: int) -> date:
    """The calendar's answer, kept: most referrals of a day have the same limits, and counting walks the days."""
    return add_working_days(day, days)


def load_catalogue(file: Path = FILE) -> Catalogue:
    """The catalogue in a data file. Raises KeyError or ValueError when an entry is incomplete: a start-up failure."""
    document: dict[str, Any] = orjson.loads(file.read_bytes())
    clocks = {name: _clocks(terms) for name, terms in document["clocks"].items()}
    pathways = {row["key"]: _pathway(row, clocks) for row in document["pathways"]}
    hot = document["hot_priority"]
    steps = {
        who: {stage: Term(**term) for stage, term in terms.items()}
        for who, terms in document["next_steps"].items()
    }
    return Catalogue(
        pathways=pathways,
        hot_priority=hot["priority"],
        hot_priority_team=hot["worked_by"],
        steps_of_community=steps["community"],
        steps_of_hot=steps["hot"],
    )


def _clocks(terms: Mapping[str, Mapping[str, Mapping[str, int]]]) -> dict[str, Clocks]:
    return {
        name: Clocks(triage=Term(**terms[name]["triage"]), start=Term(**terms[name]["start"]))
        for name in PRIORITIES
    }


def _pathway(row: Mapping[str, str], clocks: Mapping[str, Mapping[str, Clocks]]) -> Pathway:
    return Pathway(
        key=row["key"],
        title=row["title"],
        for_whom=row["for_whom"],
        worked_by=row["worked_by"],
        default_priority=row.get("default_priority", PRIORITIES[0]),
        clocks=clocks[row["clocks"]],
    )
