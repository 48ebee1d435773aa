"""The statements that store a batch, some hundred lines at a time, within its one transaction."""

from typing import Final

from services.outcomes.measurements.rules import FIRST, MONTHS_OF_AN_EPISODE
from services.outcomes.measurements.statement import COLUMNS, STANDS_BY_PERSON
from services.outcomes.measurements.tables import MEASURED_TOPIC, STANDS

_TYPED: Final = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
_NAMES: Final = ", ".join(COLUMNS)
_NEW: Final = f"jsonb_to_recordset($1::jsonb) as new (line integer, key text, digest text, {_TYPED})"
_OPEN: Final = "new.line = any($2::integer[])"

CLAIM: Final = f"""
    insert into idempotency (client, route, key, body_sha256, status, headers, created_at)
    select $2, $3, new.key, decode(new.digest, 'hex'), 201,
           jsonb_build_object('headers', jsonb_build_object('location', '/v1/measurements/' || new.id), 'rights', $4::jsonb),
           new.recorded_at
      from {_NEW} where new.key is not null order by new.line
    on conflict do nothing
"""  # noqa: S608 -- names of this module; every value is a parameter
"""Claims the keys of lines. Parameters: rows, client, route, rights."""

TAKEN: Final = f"""
    select new.line, kept.headers -> 'headers' ->> 'location' as location,
           kept.body_sha256 = decode(new.digest, 'hex') as same, kept.headers -> 'rights' = $4::jsonb as theirs
      from {_NEW}
      join idempotency kept on kept.client = $2 and kept.route = $3 and kept.key = new.key
     where kept.headers -> 'headers' ->> 'location' is distinct from '/v1/measurements/' || new.id
     order by new.line
"""  # noqa: S608 -- as above
"""The lines whose key was claimed by another line, of this batch or of an earlier one. Parameters as those of CLAIM."""

FIRSTS: Final = f"""
    insert into measurement ({_NAMES})
    select {_NAMES} from (
        select * from {_NEW} where new.occasion = '{FIRST}' and {_OPEN} order by new.line) as ordered
    on conflict do nothing returning id
"""  # noqa: S608 -- as above
"""Stores the firsts. Parameters: rows, lines that are not decided yet. Answers the ids stored."""

_BEHIND_FIRST: Final = ", ".join(
    "found.of_episode" if name == "episode_id" else f"found.{name}" for name in COLUMNS
)
LATER: Final = f"""
    with found as materialized (
        select new.*, f.id as first_id, f.episode_id as of_episode, f.taken_on as began
          from {_NEW}
          left join lateral (
              select id, episode_id, taken_on from measurement own
               where own.occasion = '{FIRST}' and {STANDS_BY_PERSON}
                 and own.person = new.person and own.instrument = new.instrument
                 and case when new.episode is null
                          then own.episode is null and own.taken_on <= new.taken_on
                               and new.taken_on < (own.taken_on + interval '{MONTHS_OF_AN_EPISODE} months')::date
                          else own.episode = new.episode end
               order by own.taken_on desc limit 1) f on true
         where new.occasion <> '{FIRST}' and {_OPEN}),
    held as materialized (
        select id from measurement where id in (select first_id from found) and {STANDS} order by id for share),
    stored as (
        insert into measurement ({_NAMES})
        select {_BEHIND_FIRST}
          from found join held on held.id = found.first_id where found.began <= found.taken_on order by found.line
        returning id)
    select found.line, found.began, stored.id is not null as stored from found left join stored on stored.id = found.id
"""  # noqa: S608 -- as above
"""Stores the others, each behind its first. Parameters as those of FIRSTS. Answers what became of each line."""

FREE: Final = "delete from idempotency where client = $1 and route = $2 and key = any($3::text[])"
"""Frees keys of lines that were not stored. Parameters: client, route, keys."""

COUNT: Final = f"insert into fact_event (topic, subject) select '{MEASURED_TOPIC}', unnest($1::uuid[])"
"""Says that figures must be derived again. Parameter: ids."""
