"""An England that nobody lives in: its registry, three years of its practices' activity, and a plan of a year."""

import random
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from shared.facts.fairness import AGES, UNKNOWN
from shared.ids import new_id

MEASURE: Final = "non-elective-admissions"
EFFECTIVE: Final = "2026-10"
FIRST_MONTH, LAST_MONTH = "2023-08-01", "2026-07-01"
"""36 months, the last of them the last of the window that a version from EFFECTIVE on has."""
PLAN: Final = (
    *(f"2026-{month:02d}" for month in range(10, 13)),
    *(f"2027-{month:02d}" for month in range(1, 10)),
)
SPELLS_A_MONTH: Final = 82
_SINCE: Final = "2010-01-01"
_ACTIVITY: Final = """
    insert into fact (author, epoch, seq, measure, month, place, breakdowns, breakdown_key, source, numerator, known_at,
                      provenance)
    select 'trajectories', $1, row_number() over (), $2, month, place,
           case key when '' then '{}' else jsonb_build_object('age', substr(key, 5)) end, key, 'activity',
           greatest(0, size + ((random() - 0.5) * sqrt(size) * 3)::int), now(),
           jsonb_build_object('feed', 'activity', 'submission', md5(month::text)::uuid, 'received_at', month)
      from generate_series($3::date, $4::date, interval '1 month') month, unnest($5::text[], $6::int[]) as one (place, size),
           unnest($7::text[]) as key
"""


@dataclass(frozen=True, slots=True)
class England:
    """How large a part of it."""

    practices: int
    communities: int


def code_of(at: int) -> str:
    """The code of a practice."""
    return f"A{at:05d}"


def write_registry(file: Path, size: England) -> Path:
    """A registry file of one system with so many communities and practices."""
    since = {"valid_from": _SINCE}
    communities = [
        {
            "slug": f"c{at}",
            "name": f"Community {at}",
            "level": "icc",
            **since,
            "parents": [{"of": "england", **since}],
            "counts_as_icc": [since],
        }
        for at in range(size.communities)
    ]
    practices = [
        {
            "code": code_of(at),
            "name": f"Surgery {at}",
            "postcode": "ZZ1 1AA",
            **since,
            "memberships": [{"of": f"c{at % size.communities}", **since}],
        }
        for at in range(size.practices)
    ]
    document = {
        "schema_version": 1,
        "edition": "invented",
        "sources": {"story": "Invented"},
        "communities": [{"slug": "england", "name": "England", "level": "system", **since}, *communities],
        "lines": [
            {"slug": "nowhere", "name": "Nowhere yet", "kind": "unassigned", "counts_to": "england"},
            {"slug": "elsewhere", "name": "Elsewhere", "kind": "outside"},
        ],
        "practices": practices,
    }
    file.write_bytes(orjson.dumps(document))
    return file


async def invent_activity(
    connection: "asyncpg.Connection[Any]", size: England, *, by_age: bool = False
) -> UUID:
    """Three years of every practice, each month from a file of its own, as posts leave them. Returns their epoch.

    by_age: whether a practice has a line for each age band in a month, as records are counted, or one.
    """
    epoch = new_id()
    await connection.execute(
        "insert into fact_subscription (author, serving) values ('trajectories', $1)", epoch
    )
    draw = random.Random(1)  # noqa: S311 -- invented figures
    sizes = [max(1, round(draw.lognormvariate(4.3, 0.5))) for _ in range(size.practices)]
    keys = [f"age={band}" for band in (*AGES, UNKNOWN)] if by_age else [""]
    codes = [code_of(at) for at in range(size.practices)]
    first, last = (date.fromisoformat(text) for text in (FIRST_MONTH, LAST_MONTH))
    await connection.execute("select setseed(0.5)")
    await connection.execute(_ACTIVITY, epoch, MEASURE, first, last, codes, sizes, keys)
    await connection.execute("vacuum analyze fact")  # as autovacuum has done a minute after the rows came
    return epoch


def plan_of(size: England) -> dict[str, Any]:
    """The agreed plan of a year: about what happened."""
    return {
        "measure": MEASURE,
        "year": "the year from October 2026",
        "label": "Operating plan",
        "definition": "Spells, all lengths",
        "status": "agreed",
        "months": dict.fromkeys(PLAN, size.practices * SPELLS_A_MONTH + 37),
    }
