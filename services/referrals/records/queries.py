"""Reads of referrals, as statements of their own: the ORM took six times as long for a page. Each carries the one
predicate of what its caller sees; none reads a row and then decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, Final, Literal
from uuid import UUID

from services.referrals.records.rules import Filters, Sight, visible
from services.referrals.records.tables import AWAITING_TRIAGE
from shared.db.connections import Connection
from shared.http.query import DEFAULT_LIST, LONGEST_LIST
from shared.months import LONDON

ANSWERED: Final = (
    "id",
    "version",
    "status",
    "icc",
    "team",
    "pathway",
    "priority",
    "identity",
    "requester_kind",
    "requester_code",
    "registered_practice",
    "reason_code",
    "reason_system",
    "legal_basis",
    "referred_at",
    "received_at",
    "triage_by",
    "start_by",
    "nhs_number",
    "local_identity",
    "person",
    "contact",
    "sender",
    "reason",
)
"""The columns that an answer is made of."""

_COLUMNS = ", ".join(f"referral.{column}" for column in ANSWERED)
_AWAITING = ", ".join(f"'{status}'" for status in AWAITING_TRIAGE)
_LATE = f"(referral.status in ({_AWAITING}) and referral.triage_by < {{}}::timestamptz)"
_CONDITIONS: Mapping[str, str] = {
    "nhs_number_index": "referral.nhs_number_index = {}::bytea",
    "local_index": "referral.local_index = {}::bytea",
    "iccs": "referral.icc = any({}::text[])",
    "status": "referral.status = {}::text",
    "pathway": "referral.pathway = {}::text",
    "team": "referral.team = {}::text",
    "late": _LATE,
    "not_late": f"not {_LATE}",
    "since": "referral.referred_at >= {}::timestamptz",
    "until": "referral.referred_at < {}::timestamptz",
    "before": "referral.id < {}::uuid",
}
_EVERYTHING, _COMMUNITIES, _ORG, _ROWS = "$1", "$2", "$3", "$4"
_FIRST_CONDITION = 5
_ORGANISATIONS = ("sent_by", "registered_practice", "team")

Walk = Literal["everything", "iccs", "organisation", "person"]


def _seen(table: str, *, everything: str, communities: str, org: str) -> str:
    predicate = visible(everything=everything, communities=communities, org=org)
    return predicate.replace("referral.", f"{table}.")


def _select(*, everything: str, communities: str, org: str) -> str:
    """The columns of an answer; the possible duplicate only where the caller may see that one too."""
    seen = _seen("other", everything=everything, communities=communities, org=org)
    return f"""
        select {_COLUMNS}, (
            select other.id from referral as other where other.id = referral.possible_duplicate_of and {seen}) as duplicate
    """  # noqa: S608 -- names of this module


_ONE_SEEN = {"everything": "$2", "communities": "$3", "org": "$4"}
_ONE = f"{_select(**_ONE_SEEN)} from referral where referral.id = $1 and {_seen('referral', **_ONE_SEEN)}"
_EVENTS = "select id, event, at, by_client, payload from referral_event where referral_id = $1 order by seq"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a list is wanted: at most `limit` referrals, older than `before`; None: from the newest on."""

    before: UUID | None
    limit: int


@dataclass(frozen=True, slots=True)
class Found:
    """A part of a list, newest received first, and whether more follow it."""

    rows: Sequence[Mapping[str, Any]]
    more: bool


@dataclass(frozen=True, slots=True)
class PersonIndexes:
    """The blind indexes a person is searched by; None where the search does not name that identifier."""

    nhs_number: bytes | None
    local: bytes | None


async def seen_referral(
    connection: Connection, referral_id: UUID, *, sight: Sight
) -> Mapping[str, Any] | None:
    """One referral; None when the caller sees no such referral."""
    row: Mapping[str, Any] | None = await connection.fetchrow(_ONE, referral_id, *_parameters(sight))
    return row


async def events_of(connection: Connection, referral_id: UUID) -> Sequence[Mapping[str, Any]]:
    """The events of a referral that the caller was found to see, oldest first."""
    events: Sequence[Mapping[str, Any]] = await connection.fetch(_EVENTS, referral_id)
    return events


async def listed_referrals(
    connection: Connection, *, sight: Sight, filters: Filters, now: datetime, wanted: Wanted
) -> Found:
    """The referrals a caller sees that pass the filters."""
    given = _narrowed(filters, now=now)
    if sight.org is not None:
        return await _found(connection, "organisation", given, sight=sight, wanted=wanted)
    if sight.everything and filters.iccs is None:
        return await _found(connection, "everything", given, sight=sight, wanted=wanted)
    given["iccs"] = _lists(sight, filters)
    return await _found(connection, "iccs", given, sight=sight, wanted=wanted)


async def referrals_of_person(
    connection: Connection, *, sight: Sight, indexes: PersonIndexes, wanted: Wanted
) -> Found:
    """The referrals a caller sees of the person with this blind index."""
    given = {"nhs_number_index": indexes.nhs_number, "local_index": indexes.local}
    return await _found(connection, "person", given, sight=sight, wanted=wanted)


async def _found(
    connection: Connection, walk: Walk, given: Mapping[str, object], *, sight: Sight, wanted: Wanted
) -> Found:
    """Ids grow with time, so they stand for the order of receipt. One row more than wanted tells whether more follow."""
    values = {**given, "before": wanted.before}
    names = tuple(name for name in _CONDITIONS if values.get(name) is not None)
    text = list_statement(walk, names, longest=DEFAULT_LIST if wanted.limit <= DEFAULT_LIST else LONGEST_LIST)
    rows = await connection.fetch(
        text, *_parameters(sight), wanted.limit + 1, *(values[name] for name in names)
    )
    return Found(rows[: wanted.limit], more=len(rows) > wanted.limit)


@cache
def list_statement(walk: Walk, names: tuple[str, ...], *, longest: int) -> str:
    """A page of referrals, newest first. Parameters: what the caller sees (3), how many rows, the conditions' values.

    walk: along which index the ids of the page are found; `visible` then decides about each row, whatever was walked.
    names: of `_CONDITIONS`, in their order.   longest: the most rows a page of this text shows. It stands in the text
    because the server reckons with a tenth of the table where a limit is a parameter, and plans accordingly.
    """
    place = {name: f"${_FIRST_CONDITION + offset}" for offset, name in enumerate(names)}
    seen = {"everything": _EVERYTHING, "communities": _COMMUNITIES, "org": _ORG}
    walked = _walked(walk, place, newest=f"order by referral.id desc limit {longest + 1}")
    return f"""
        with page as materialized ({walked})
        {_select(**seen)}
          from page join referral on referral.id = page.id
         where {_seen("referral", **seen)}
         order by referral.id desc limit {_ROWS}::bigint
    """


def _walked(walk: Walk, place: Mapping[str, str], *, newest: str) -> str:
    """The ids of a page, a few more than are shown. A list by community or organisation reads the newest of each index."""
    conditions = "".join(
        f" and {_CONDITIONS[name].format(number)}"
        for name, number in place.items()
        if (walk, name) != ("iccs", "iccs")
    )
    if walk == "iccs":
        of_one = f"select referral.id from referral where referral.icc = list.icc{conditions} {newest}"  # noqa: S608 -- as above
        lists = f"unnest({place['iccs']}::text[]) as list (icc)"
        return f"select referral.id from {lists} cross join lateral ({of_one}) as referral {newest}"  # noqa: S608 -- as above
    if walk == "organisation":
        of_each = " union ".join(
            f"(select referral.id from referral where referral.{column} = {_ORG}::text{conditions} {newest})"  # noqa: S608 -- as above
            for column in _ORGANISATIONS
        )
        return f"select referral.id from ({of_each}) as referral {newest}"  # noqa: S608 -- as above
    # A person has few referrals, of which the caller may see few: all of them are looked at before any are counted.
    end = "" if walk == "person" else newest
    return f"select referral.id from referral where true{conditions} {end}"  # noqa: S608 -- as above


def _lists(sight: Sight, filters: Filters) -> list[str]:
    """The communities whose lists are asked for, as far as they may be seen."""
    if filters.iccs is None:
        return list(sight.communities)
    return [icc for icc in filters.iccs if sight.everything or icc in sight.communities]


def _parameters(sight: Sight) -> tuple[bool, list[str], str | None]:
    return (sight.everything, list(sight.communities), sight.org)


def _narrowed(filters: Filters, *, now: datetime) -> dict[str, object]:
    """The conditions' values by name; None where a filter is not set."""
    return {
        "iccs": filters.iccs,
        "status": filters.status,
        "pathway": filters.pathway,
        "team": filters.team,
        "late": now if filters.overdue is True else None,
        "not_late": now if filters.overdue is False else None,
        "since": None if filters.first is None else _midnight(filters.first),
        "until": None if filters.last is None else _midnight(filters.last + timedelta(days=1)),
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=LONDON)
