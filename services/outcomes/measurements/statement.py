"""The one statement that stores a measurement: claim of its key, row, audit, fact event, committed when it answers.

A repeat's first is held while the row is made, so that no correction takes it away meanwhile.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from services.outcomes.measurements.rules import FIRST, MONTHS_OF_AN_EPISODE
from services.outcomes.measurements.tables import MEASURED_TOPIC, STANDS, Measurement
from shared.audit import AUDIT_COLUMNS, audit_insert
from shared.db.tables import column_types
from shared.idempotency.answers import KEY_COLUMNS

COLUMNS: Final = column_types(Measurement, without={"superseded_by"})
_NAMES: Final = ", ".join(COLUMNS)


def row_values(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """A row as the statement's parameters, in order."""
    return tuple(
        orjson.dumps(row[name]).decode() if kind == "JSONB" else row[name] for name, kind in COLUMNS.items()
    )


def _values(columns: Mapping[str, str], *, first: int) -> str:
    return ", ".join(f"${first + offset}::{kind}" for offset, kind in enumerate(columns.values()))


def _record(*, needs_first: bool) -> str:
    """Parameters: row, audit, key and, where a first is needed, its id. It answers whether the row is stored."""
    audit, key = 1 + len(COLUMNS), 1 + len(COLUMNS) + len(AUDIT_COLUMNS)
    last = key + len(KEY_COLUMNS)
    held = (
        f"f as (select id from measurement where id = ${last}::uuid and {STANDS} for share),"  # noqa: S608 -- as below
        if needs_first
        else ""
    )
    source = "f" if needs_first else "(select 1) free"
    return f"""
        with {held}
        k as (
            insert into idempotency ({", ".join(KEY_COLUMNS)}) select {_values(KEY_COLUMNS, first=key)} from {source}
            on conflict do nothing returning 1),
        m as (
            insert into measurement ({_NAMES}) select {_values(COLUMNS, first=1)} from k returning id),
        a as ({audit_insert(first=audit, source="m")}),
        e as (insert into fact_event (topic, subject) select '{MEASURED_TOPIC}', id from m)
        select exists (select from m) as stored
    """  # noqa: S608 -- names and numbers of this module; every value is a parameter


RECORD_FIRST: Final = _record(needs_first=False)
RECORD_LATER: Final = _record(needs_first=True)

# Not in the words of the partial indexes: without statistics, after a large batch, the planner would take one of those
# and walk along all measurements by an instrument, for each person again.
STANDS_BY_PERSON: Final = "num_nulls(superseded_by) = 1"

EPISODE_FIRST: Final = f"""
    occasion = '{FIRST}' and {STANDS_BY_PERSON} and person = $1 and instrument = $2 and
    case when $3::text is null
         then episode is null and taken_on <= $4::date and $4::date < (taken_on + interval '{MONTHS_OF_AN_EPISODE} months')::date
         else episode = $3::text end
"""
STANDING_FIRST: Final = f"""
    select id, episode_id, taken_on, score, metric, edition, given from measurement
     where {EPISODE_FIRST} order by taken_on desc limit 1
"""  # noqa: S608 -- names of this module
"""The first that a later measurement follows. Parameters: person, instrument, episode, day."""
