"""Reads of referrals. Each carries the one predicate of what its caller sees; none reads a row and then decides.

The list and the read by id are statements of their own: the ORM took six times as long for a page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, false, func, or_, text, union_all
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from services.referrals.database import Described
from services.referrals.pathways.rules import UNROUTED
from services.referrals.records.encryption import glass_holder
from services.referrals.records.rules import Filters, Sight, seen_from, visible
from services.referrals.records.scope import SEEN_NAMES, WORK, seen_by, seen_values
from services.referrals.records.states import OPEN_STATUSES
from services.referrals.records.tables import BreakGlass, Referral, ReferralConflict, ReferralEvent
from shared.db.bare import Bare
from shared.db.engine import Connection
from shared.db.tables import column_types
from shared.http.parameters import DEFAULT_LIST, LONGEST_LIST
from shared.months import LONDON
from shared.service.acting import Act
from shared.service.paging import Pager

_NOT_ANSWERED = frozenset(
    {
        "sent_by",
        "counted_month",
        "counted_place",
        "possible_duplicate_of",
        "duplicate_shown",
        "address_hidden",
        "worklist",
        "stage_since",
        "stage_due",
        "clock_from",
        "merged_into",
        "number_checked",
        "card",
    }
    | {"nhs_number_index", "identity_index", "local_index"}
    | Described.model_fields.keys()
)
ANSWERED: Final = tuple(column_types(Referral, without=_NOT_ANSWERED))
"""The columns that an answer is made of."""

_COLUMNS = ", ".join(f"referral.{column}" for column in ANSWERED)
_LATE = "coalesce(referral.stage_due < {}::timestamptz, false)"
_CONDITIONS: Mapping[str, str] = {
    "iccs": "referral.icc = any({}::text[])",
    "status": "referral.status = {}::text",
    "statuses": "referral.status = any({}::text[])",
    "but_stages": "(referral.status <> 'accepted' or referral.stage <> all({}::text[]))",
    "pathway": "referral.pathway = {}::text",
    "team": "referral.team = {}::text",
    "late": _LATE,
    "not_late": f"not {_LATE}",
    "since": "referral.referred_at >= {}::timestamptz",
    "until": "referral.referred_at < {}::timestamptz",
    "before": "referral.id < {}::uuid",
}
_SEEN = seen_from(1)
_ROWS = "$5"
_FIRST_CONDITION = 6
# An index that holds hidden people alone answers it, so a list pays next to nothing.
HIDDEN = """(referral.address_hidden or exists (
    select from referral as hiding where hiding.nhs_number_index = referral.nhs_number_index and hiding.address_hidden))"""
_ORGANISATIONS = ("sent_by", "registered_practice", "team")

UNROUTED_STANDING: Final = f"""
    select count(*) as rows, coalesce(extract(epoch from now() - min(received_at)), 0)::float as oldest_seconds
      from referral where icc = '{UNROUTED}' and status in {OPEN_STATUSES!r}
"""  # noqa: S608 -- names of this module
"""For an operator: open referrals that belong to no community's list, and the age of the oldest in seconds."""

Walk = Literal["everything", "iccs", "organisation"]


def _select(conflicts: str, **names: str) -> str:
    """The columns of an answer; a possible duplicate only where the caller may see it too.

    conflicts: SQL for the ids of those whose identity is in conflict with it.   names: of the parameters of `visible`.
    """
    return f"""
        select {_COLUMNS}, {HIDDEN} as hidden, (
            select other.id from referral as other
             where other.id = referral.possible_duplicate_of and other.merged_into is null and {visible("other", **names)}) as duplicate,
        {conflicts} as conflicts
    """  # noqa: S608 -- names of this module


def _page_conflicts(**names: str) -> str:
    """Pairs of a referral of the page and one that it is in conflict with and the caller sees."""
    return f"""
        select linked.own, linked.id
          from (select link.referral_id, link.other_id from page join referral_conflict as link on link.referral_id = page.id
                 where link.settled_at is null union all
                select link.other_id, link.referral_id from page join referral_conflict as link on link.other_id = page.id
                 where link.settled_at is null) as linked (own, id)
          join referral as other on other.id = linked.id
         where {visible("other", **names)} and other.merged_into is null
    """  # noqa: S608 -- names of this module


# Conflicts are few: they are looked for once for a page, and asked about row by row only where there are any.
_PAGE_CONFLICTS = """case when exists (select from conflict)
             then array(select conflict.id from conflict where conflict.own = referral.id order by conflict.id desc) else '{}'::uuid[] end"""
_ONE_SEEN = seen_from(2)
# What was opened by breaking the glass is read by its id alone, and stands on no list.
_OPENED = f"""exists (
    select from break_glass where break_glass.referral_id in (asked.id, referral.id)
       and break_glass.client = cast({_ONE_SEEN["caseload"]} as text) and break_glass.holder = cast($7 as bytea)
       and break_glass.until > cast($6 as timestamptz))"""


def _conflicts_of_one(**names: str) -> str:
    return f"""array(
    select other.id
      from (select link.other_id from referral_conflict as link where link.referral_id = referral.id and link.settled_at is null union all
            select link.referral_id from referral_conflict as link where link.other_id = referral.id and link.settled_at is null) as linked (id)
      join referral as other on other.id = linked.id
     where {visible("other", **names)} and other.merged_into is null order by other.id desc)"""  # noqa: S608 -- as above


# A record that became part of another one answers with that one.
_ONE = f"""
    {_select(_conflicts_of_one(**_ONE_SEEN), **_ONE_SEEN)}, asked.merged_into
      from referral as asked join referral on referral.id = coalesce(asked.merged_into, asked.id)
     where asked.id = $1 and ({visible(**_ONE_SEEN)} or {visible("asked", **_ONE_SEEN)} or {_OPENED})
"""
_BESIDE = Bare(f"""
    select {_conflicts_of_one(**SEEN_NAMES)} as conflicts, {HIDDEN} as hidden from referral where referral.id = :id
""")  # noqa: S608 -- names of this module


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a list is wanted: at most `limit` referrals, older than `before`; None: from the newest on."""

    before: UUID | None
    limit: int


async def seen_referral(
    connection: Connection, referral_id: UUID, *, sight: Sight, now: datetime, holder: bytes
) -> Mapping[str, Any] | None:
    """One referral; None when the caller sees no such referral. holder: as whom the caller breaks a glass."""
    row: Mapping[str, Any] | None = await connection.fetchrow(_ONE, referral_id, *sight.values, now, holder)
    return row


async def listed_referrals(
    connection: Connection, *, sight: Sight, filters: Filters, now: datetime, wanted: Wanted
) -> Sequence[Mapping[str, Any]]:
    """The referrals a caller sees that pass the filters, and one more than wanted where more follow."""
    given = _narrowed(filters, now=now)
    walk: Walk = "organisation"
    if sight.org is None:
        walk = "everything" if sight.everything and filters.iccs is None else "iccs"
    if walk == "iccs":
        given["iccs"] = _lists(sight, filters)
    # Ids grow with time, so they stand for the order of receipt.
    values = {**given, "before": wanted.before}
    names = tuple(name for name in _CONDITIONS if values.get(name) is not None)
    statement = list_statement(
        walk,
        names,
        longest=DEFAULT_LIST if wanted.limit <= DEFAULT_LIST else LONGEST_LIST,
        caseload=sight.caseload is not None and (walk == "organisation" or filters.iccs is None),
    )
    rows: Sequence[Mapping[str, Any]] = await connection.fetch(
        statement, *sight.values, wanted.limit + 1, *(values[name] for name in names)
    )
    return rows


@cache
def list_statement(walk: Walk, names: tuple[str, ...], *, longest: int, caseload: bool) -> str:
    """A page of referrals, newest first. Parameters: what the caller sees (4), how many rows, the conditions' values.

    walk: along which index the ids of the page are found; `visible` then decides about each row, whatever was walked.
    names: of `_CONDITIONS`, in their order.   longest: the most rows a page of this text shows. It stands in the text
    because the server reckons with a tenth of the table where a limit is a parameter, and plans accordingly.
    caseload: whether what was given to the caller is walked too.
    """
    place = {name: f"${_FIRST_CONDITION + offset}" for offset, name in enumerate(names)}
    newest = f"order by referral.id desc limit {longest + 1}"
    walked = _walked(walk, place, newest=newest)
    if caseload:
        own = f"select referral.id from referral where referral.assignee = {_SEEN['caseload']}::text"  # noqa: S608 -- names of this module
        own = f"{own}{_narrowing(place, walk)} {newest}"
        walked = f"select referral.id from (({walked}) union ({own})) as referral {newest}"  # noqa: S608 -- as above
    return f"""
        with page as materialized ({walked}), conflict as materialized ({_page_conflicts(**_SEEN)})
        {_select(_PAGE_CONFLICTS, **_SEEN)}
          from page join referral on referral.id = page.id
         where {visible(**_SEEN)}
         order by referral.id desc limit {_ROWS}::bigint
    """


def _walked(walk: Walk, place: Mapping[str, str], *, newest: str) -> str:
    """The ids of a page, a few more than are shown. A list by community or organisation reads the newest of each index."""
    conditions = _narrowing(place, walk)
    if walk == "iccs":
        of_one = f"select referral.id from referral where referral.icc = list.icc{conditions} {newest}"  # noqa: S608 -- as above
        lists = f"unnest({place['iccs']}::text[]) as list (icc)"
        return f"select referral.id from {lists} cross join lateral ({of_one}) as referral {newest}"  # noqa: S608 -- as above
    if walk == "organisation":
        of_each = " union ".join(
            f"(select referral.id from referral where referral.{column} = {_SEEN['org']}::text{conditions} {newest})"  # noqa: S608 -- as above
            for column in _ORGANISATIONS
        )
        return f"select referral.id from ({of_each}) as referral {newest}"  # noqa: S608 -- as above
    return f"select referral.id from referral where true{conditions} {newest}"  # noqa: S608 -- as above


def _narrowing(place: Mapping[str, str], walk: Walk) -> str:
    """The conditions that each row of a walk meets; what became part of another record is not listed."""
    return " and referral.merged_into is null" + "".join(
        f" and {_CONDITIONS[name].format(number)}"
        for name, number in place.items()
        if (walk, name) != ("iccs", "iccs")
    )


def _lists(sight: Sight, filters: Filters) -> list[str]:
    """The communities whose lists are asked for, as far as they may be seen."""
    if filters.iccs is None:
        return list(sight.communities)
    return [icc for icc in filters.iccs if sight.everything or icc in sight.communities]


def _narrowed(filters: Filters, *, now: datetime) -> dict[str, object]:
    """The conditions' values by name; None where a filter is not set."""
    return {
        "iccs": filters.iccs,
        "status": filters.status,
        "statuses": filters.statuses,
        "but_stages": filters.but_stages,
        "pathway": filters.pathway,
        "team": filters.team,
        "late": now if filters.overdue is True else None,
        "not_late": now if filters.overdue is False else None,
        "since": None if filters.first is None else _midnight(filters.first),
        "until": None if filters.last is None else _midnight(filters.last + timedelta(days=1)),
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=LONDON)


async def referral_seen(act: Act, referral_id: UUID) -> Referral | None:
    """One referral in an act, or the one that it became part of; None when the caller sees no such referral."""
    asked = aliased(Referral, name="asked")
    survivor = func.coalesce(col(asked.merged_into), col(asked.id))
    found = select(Referral).join(asked, col(Referral.id) == survivor)
    seen = or_(
        seen_by(act), seen_by(act, "asked"), _opened(act, col(asked.id)), _opened(act, col(Referral.id))
    )
    return (await act.session.exec(found.where(col(asked.id) == referral_id, seen))).first()


def _opened(act: Act, referral_id: Any) -> ColumnElement[bool]:
    """Whether the caller broke the glass of a referral, and still may look."""
    if not act.caller.has(WORK):
        return false()
    opened = select(BreakGlass.id).where(
        col(BreakGlass.referral_id) == referral_id,
        col(BreakGlass.client) == act.caller.client,
        col(BreakGlass.holder) == glass_holder(act.keyring, act.caller),
        col(BreakGlass.until) > act.now,
    )
    return opened.exists()


_TO_CHANGE = (
    select(Referral)
    .where(col(Referral.id) == bindparam("held"), text(visible(**SEEN_NAMES)))
    .with_for_update()
)


async def referral_to_change(act: Act, referral_id: UUID) -> Referral | None:
    """The same, held until the act ends: whoever changes it too waits."""
    return (await act.session.exec(_TO_CHANGE, params={"held": referral_id, **seen_values(act)})).first()


async def duplicate_seen(act: Act, referral: Referral) -> UUID | None:
    """The referral's possible duplicate, where the caller may see that one too."""
    if referral.possible_duplicate_of is None:
        return None
    other = await referral_seen(act, referral.possible_duplicate_of)
    return None if other is None or other.id != referral.possible_duplicate_of else other.id


async def conflicts_seen(act: Act, referrals: Sequence[UUID]) -> Mapping[UUID, Sequence[UUID]]:
    """The conflicts of each of some referrals, newest first, as far as the caller may see those too."""
    earlier, later = col(ReferralConflict.other_id), col(ReferralConflict.referral_id)
    standing = col(ReferralConflict.settled_at).is_(None)
    linked = union_all(
        select(later.label("id"), earlier.label("with_id")).where(later.in_(referrals), standing),
        select(earlier, later).where(earlier.in_(referrals), standing),
    ).subquery()
    other = aliased(Referral, name="other")
    found = select(linked.c.id, linked.c.with_id).join(other, col(other.id) == linked.c.with_id)
    conflicts: dict[UUID, list[UUID]] = {}
    for one, another in await act.session.exec(
        found.where(seen_by(act, "other"), col(other.merged_into).is_(None)).order_by(linked.c.with_id.desc())
    ):
        conflicts.setdefault(one, []).append(another)
    return conflicts


async def beside_one(act: Act, referral_id: UUID) -> tuple[Sequence[UUID], bool]:
    """The conflicts of a referral, as far as the caller may see those, and whether its person's address is hidden.

    What the act has changed so far is written first.
    """
    await act.session.flush()
    seen = {"id": referral_id, **seen_values(act)}
    (beside,) = await _BESIDE.rows(act.session, seen)
    return beside["conflicts"], beside["hidden"]


async def hidden_of(act: Act, referrals: Sequence[UUID]) -> frozenset[UUID]:
    """Those of some referrals whose person's address is hidden, by whichever of the person's referrals."""
    found = select(Referral.id).where(col(Referral.id).in_(referrals), text(HIDDEN))
    return frozenset(await act.session.exec(found))


async def events_of(act: Act, referral_id: UUID) -> Sequence[ReferralEvent]:
    """The events of a referral that the caller was found to see, and of those that became part of it, oldest first."""
    merged = select(Referral.id).where(col(Referral.merged_into) == referral_id)
    own = col(ReferralEvent.referral_id)
    events = select(ReferralEvent).where(or_(own == referral_id, own.in_(merged)))
    return (await act.session.exec(events.order_by(col(ReferralEvent.seq)))).all()


async def referrals_of_person(
    act: Act, same_person: ColumnElement[bool], *, paging: Pager
) -> Sequence[tuple[Referral, UUID | None]]:
    """The referrals a caller sees of the person with this blind index, newest first, each with its duplicate."""
    found = select(Referral, _duplicate(act)).where(same_person, seen_by(act))
    found = found.where(col(Referral.merged_into).is_(None))
    if before := paging.after():
        found = found.where(col(Referral.id) < UUID(before[0]))
    newest = found.order_by(col(Referral.id).desc()).limit(paging.limit + 1)
    return (await act.session.exec(newest)).all()


def _duplicate(act: Act) -> ScalarSelect[UUID | None]:
    other = aliased(Referral, name="other")
    same = col(other.id) == col(Referral.possible_duplicate_of)
    standing = col(other.merged_into).is_(None)
    return select(other.id).where(same, standing, seen_by(act, "other")).scalar_subquery()
