"""Reads which measures are repeated from its data file, once, when a process starts."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from services.referrals.pathways.catalogue import catalogue
from services.referrals.repeat_measures.rules import Repeated, Repeats
from shared.measurement_status import MOST_INSTRUMENTS

FILE = Path(__file__).with_name("instruments.json")


@cache
def repeats() -> Repeats:
    """What ships with the service, read once in a process."""
    return load_repeats()


def load_repeats(file: Path = FILE) -> Repeats:
    """What a data file says. Raises KeyError or ValueError when an entry is incomplete or unknown: a start-up failure."""
    document: dict[str, Any] = orjson.loads(file.read_bytes())
    months = document["months"]
    instruments = {key: _repeated(row, months) for key, row in document["instruments"].items()}
    usual = frozenset(document["usual"])
    pathways = {key: _of_pathway(row, usual) for key, row in document["pathways"].items()}
    unknown = {
        *frozenset().union(usual, *pathways.values()).difference(instruments),
        *pathways.keys() - catalogue().pathways.keys(),
    }
    if unknown or not 0 < len(instruments) <= MOST_INSTRUMENTS:
        raise ValueError(f"{file.name}: unknown are {sorted(unknown)}, of {len(instruments)} instruments")
    return Repeats(instruments, usual, pathways, timedelta(days=document["shown_days_before"]))


def _repeated(row: Mapping[str, Any], months: Mapping[str, int]) -> Repeated:
    """One instrument; its own months go before those of all."""
    own = {**months, **row.get("months", {})}
    return Repeated(row["title"], own["after_first"], own["after_others"])


def _of_pathway(row: Mapping[str, Any], usual: frozenset[str]) -> frozenset[str]:
    return frozenset(row["only"]) if "only" in row else usual | frozenset(row["also"])
