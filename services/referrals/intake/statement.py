"""The one statement that stores a referral: claim of its key and message id, row, conflicts, event, audit, fact event.

One round trip and one implicit transaction, committed when it answers. The claims come first: the rest is inserted
only if they were free, so fifty posts of one key make one row. The ORM took seven times as long here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from services.referrals.intake.tables import ReferralMessage
from services.referrals.records.rules import seen_from, visible
from services.referrals.records.states import OPEN_STATUSES
from services.referrals.records.tables import Referral, ReferralEvent
from services.referrals.records.webhooks import RECEIVED
from shared.audit import AUDIT_COLUMNS, audit_insert
from shared.db.tables import column_types
from shared.idempotency.answers import KEY_COLUMNS

_LEFT_TO_THE_SERVER = {"version", "status", "case_id", "possible_duplicate_of", "duplicate_shown"}
_OF_LATER_ACTS = {"assignee", "stage", "stage_since", "clock_from", "merged_into", "number_checked"}
REFERRAL_COLUMNS = column_types(Referral, without=_LEFT_TO_THE_SERVER | _OF_LATER_ACTS)
EVENT_COLUMNS = column_types(ReferralEvent, without={"referral_id", "seq", "event", "at"})
"""Those that the referral's own row does not say."""
MESSAGE_COLUMNS = column_types(ReferralMessage)
RECEIVED_TOPIC = "referral.received"
SIGHT_PARAMETERS = 4
MOST_CONFLICTS = 50
"""A number that is used for everybody (a test number, a filler) must not link everything with everything."""


@dataclass(frozen=True, slots=True)
class Companion:
    """A row of another door's, stored with the referral or neither is: its ids are one more claim.

    columns: each with its type.   on_conflict: what becomes of ids that are taken; without an effect nothing is stored.
    """

    table: str
    columns: tuple[tuple[str, str], ...]
    on_conflict: str


@cache
def intake_statement(
    *,
    with_message: bool,
    with_key: bool,
    with_number: bool,
    with_local: bool,
    companion: Companion | None = None,
) -> str:
    """The statement's text, for a referral with a message id, a key, an NHS number, a local identifier, or several.

    One text for each combination: a search for a null would be folded away, which makes PostgreSQL plan every
    execution anew (twice the work, measured). Its parameters, in order: referral, event, audit, sight, companion, message, key.

    A taken claim makes it answer no row and change nothing. When both claims are made the key's is a plain insert: a
    key taken by another message raises UniqueViolationError, so that no message id stays behind without its referral.
    """
    first = _Places()
    referral, event, audit = (
        first.take(REFERRAL_COLUMNS),
        first.take(EVENT_COLUMNS),
        first.take(AUDIT_COLUMNS),
    )
    sight = first.take(range(SIGHT_PARAMETERS))
    claims, source = [], "(select 1) free"
    if companion is not None:
        columns = dict(companion.columns)
        row = _select(columns, first=first.take(columns))
        claims.append(f"g as (insert into {companion.table} {row} {companion.on_conflict} returning 1)")
        source = "g"
    if with_message:
        message = _select(MESSAGE_COLUMNS, first=first.take(MESSAGE_COLUMNS), source=source)
        claims.append(f"m as (insert into referral_message {message} on conflict do nothing returning 1)")
        source = "m"
    if with_key:
        conflict = "" if with_message else "on conflict do nothing"
        key = _select(KEY_COLUMNS, first=first.take(KEY_COLUMNS), source=source)
        claims.append(f"k as (insert into idempotency {key} {conflict} returning 1)")
        source = "k"
    place = {name: f"${referral + offset}" for offset, name in enumerate(REFERRAL_COLUMNS)}
    sight_predicate = visible(**seen_from(sight))
    values = {name: f"{place[name]}::{kind}" for name, kind in REFERRAL_COLUMNS.items()}
    conflicts, linked, told = "", "", "false as in_doubt, null::uuid[] as conflicts"
    if with_number:
        values["identity"] = f"case when exists (select from c) then 'tracing' else {values['identity']} end"
        conflicts = _conflicts(place, sight_predicate)
        linked = _LINKED
        told = _TOLD_OF_CONFLICTS
    claimed = "".join(f"{claim},\n" for claim in claims)
    same = _same_person(
        place, sight_predicate, columns=_known(with_number=with_number, with_local=with_local)
    )
    # `same` is materialized: ordered and limited in one query it would be read off the primary key, backwards and wholly.
    return f"""
        with {claimed}
        same as materialized ({same}),
        {conflicts}
        d as (select id, coalesce(shown, false) as shown from same order by shown is true desc, id desc limit 1),
        r as (
            insert into referral ({", ".join(REFERRAL_COLUMNS)}, possible_duplicate_of, duplicate_shown)
            select {", ".join(values.values())}, (select id from d), coalesce((select shown from d), false) from {source}
            returning id, icc, pathway, received_at, possible_duplicate_of, duplicate_shown),
        {linked}
        e as (
            insert into referral_event (referral_id, event, at, {", ".join(EVENT_COLUMNS)})
            select id, '{RECEIVED_TOPIC}', received_at, {_values(EVENT_COLUMNS, first=event)} from r),
        a as ({audit_insert(first=audit, source="r")}),
        f as (insert into fact_event (topic, subject) select '{RECEIVED_TOPIC}', id from r),
        w as (
            insert into webhook_event (id, kinds, subject, data, at)
            select ${event}::uuid, array['{RECEIVED}'], id, jsonb_build_object(
                'referral_id', id, 'case_id', null, 'community', icc, 'pathway', pathway), received_at
              from r where exists (select from webhook where events && array['{RECEIVED}']))
        select case when duplicate_shown then possible_duplicate_of end as duplicate, {told} from r
    """  # noqa: S608 -- names and numbers of this module; every value is a parameter


@cache
def replay_statement(*, with_key: bool) -> str:
    """The statement's text for an answer that is given again: its audit row and, where it came with a key, the key.

    Its parameters, in order: audit, key. It answers no row and changes nothing when the key is taken.
    """
    first = _Places()
    audit = first.take(AUDIT_COLUMNS)
    if not with_key:
        return f"with a as ({audit_insert(first=audit, source='(select 1) free')}) select 1"
    key = _select(KEY_COLUMNS, first=first.take(KEY_COLUMNS))
    return f"""
        with k as (insert into idempotency {key} on conflict do nothing returning 1),
        a as ({audit_insert(first=audit, source="k")})
        select 1 from k
    """  # noqa: S608 -- names and numbers of this module; every value is a parameter


def _known(*, with_number: bool, with_local: bool) -> list[str]:
    given = {"nhs_number_index": with_number, "local_index": with_local}
    return [column for column, present in given.items() if present]


def _same_person(place: dict[str, str], sight_predicate: str, *, columns: list[str]) -> str:
    """The person's open referrals on the pathway, by each of the identifiers that this one has."""
    if not columns:
        # The parameters must appear, or the server cannot tell their types.
        return f"select referral.id, {sight_predicate} as shown from referral where false"  # noqa: S608 -- as below
    return " union all ".join(
        f"select referral.id, {sight_predicate} as shown from referral"  # noqa: S608 -- names of this module
        f" where {column} = {place[column]}::bytea and pathway = {place['pathway']}::text"
        f" and status in {OPEN_STATUSES!r} and merged_into is null"
        for column in columns
    )


_LINKED = "l as (insert into referral_conflict (referral_id, other_id, shown) select r.id, c.id, c.shown from r, c),"
_TOLD_OF_CONFLICTS = """
    exists (select from c) as in_doubt, array(select id from c where shown order by id desc) as conflicts
"""


def _conflicts(place: dict[str, str], sight_predicate: str) -> str:
    """The referrals under the NHS number whose family name or birth date is another: the two ends of one index's range.

    `others` is materialized as `same` is.
    """
    of_number = f"select referral.id, {sight_predicate} as shown from referral where nhs_number_index = {place['nhs_number_index']}::bytea"  # noqa: S608 -- as above
    either_side = " union all ".join(
        f"{of_number} and merged_into is null and identity_index {side} {place['identity_index']}::bytea"
        for side in ("<", ">")
    )
    return f"""
        others as materialized ({either_side}),
        c as materialized (
            select id, coalesce(shown, false) as shown from others order by id desc limit {MOST_CONFLICTS}),
    """  # noqa: S608 -- as above


class _Places:
    """Hands out the numbers of parameters, from $1 on."""

    def __init__(self) -> None:
        self._next = 1

    def take(self, names: Sequence[object] | dict[str, str]) -> int:
        """The first of as many numbers as there are names."""
        first, self._next = self._next, self._next + len(names)
        return first


def _select(columns: dict[str, str], *, first: int, source: str | None = None) -> str:
    given = f"({', '.join(columns)}) select {_values(columns, first=first)}"
    return given if source is None else f"{given} from {source}"


def _values(columns: dict[str, str], *, first: int) -> str:
    return ", ".join(f"${first + offset}::{kind}" for offset, kind in enumerate(columns.values()))
