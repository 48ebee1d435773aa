"""Reads of lists: a page of what is to be done, and how many items of the whole list stand where.

A referral stands on its list by its own row, whatever stands beside it by a row of `worklist_item`. Both are read along an
index in the order of their due times and merged. The ORM would take several times as long for a page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final, Literal
from uuid import UUID

import orjson
from sqlmodel import col, select

from services.referrals.records.queries import HIDDEN
from services.referrals.records.rules import Sight, seen_from, visible
from services.referrals.records.scope import seen_by
from services.referrals.records.states import LIST_STAGES, ListStage
from services.referrals.records.tables import Referral, WorklistItem
from services.referrals.worklists.rules import Urgency, counts_of, today_ends
from services.referrals.worklists.schemas import ReassignRequest
from shared.db.engine import Connection
from shared.http.parameters import DEFAULT_LIST, LONGEST_LIST
from shared.service.acting import Act

Kind = Literal["list", "person", "tracing"]
MOST_PEOPLE: Final = 200

_SEEN: Final = seen_from(1)
_LIST, _DAY = "$5", "$6"
_NOW, _TODAY_ENDS = "$7", "$8"
_ROWS, _AFTER_DUE, _AFTER_ID = "$9", "$10", "$11"  # of a page
_COVERED: Final = f"""
    (select {_LIST}::text union all select for_client from worklist_cover
      where by_client = {_LIST}::text and {_DAY}::date between from_on and to_on)
"""  # noqa: S608 -- names of this module
_IN_TRACING: Final = """
    (referral.identity = 'tracing' or (referral.number_checked is null and exists (
        select from referral_conflict link where link.settled_at is null and referral.id in (link.referral_id, link.other_id))))
"""
_OF_TRACING: Final = """
    referral.id in (select id from referral where identity = 'tracing' union
                    select unnest(array[referral_id, other_id]) from referral_conflict where settled_at is null)
"""
# Where an item stands: on a list, on a person's, or among those whose person is still to be found.
_CONDITIONS: Final[Mapping[Kind, tuple[str, str]]] = {
    "list": (f"referral.worklist = {_LIST}::text", f"item.worklist = {_LIST}::text"),
    "person": (f"referral.assignee in {_COVERED}", f"item.assignee in {_COVERED}"),
    "tracing": (f"{_OF_TRACING} and {_IN_TRACING}", "false"),
}
_AWAY: Final = "(select away_since from measure_source)"
# A parameter that no condition names must still have a type; what names no row is decided once.
_ASKED: Final = """
    ($1::boolean is not null or $2::text[] is null or $3::text is null or $4::text is null or $5::text is null or $6::date is null)
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which list is read, and as whom.

    named: the list's name, or the person's `sub`.   sight: what the caller sees.   whole: whether the caller may read all
    of the list, so that its rows need no further look.   stage, state: what alone is shown of it; its counts are of the whole.
    """

    kind: Kind
    named: str
    sight: Sight
    day: date
    whole: bool = False
    stage: ListStage | None = None
    state: Urgency | None = None

    @property
    def listed(self) -> str:
        """What the list is called."""
        return self.named if self.kind == "list" else self.kind

    @property
    def values(self) -> tuple[object, ...]:
        """The parameters that every statement of a list begins with."""
        return *self.sight.values, self.named, self.day


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list, soonest first, with one item more where more follow, and the counts of the whole by stage.

    measures_since: since when nobody says which measures are to be repeated; None while outcomes answers.
    """

    rows: Sequence[Mapping[str, Any]]
    counts: Mapping[str, Mapping[str, int]]
    measures_since: datetime | None


async def page_of(
    connection: Connection, wanted: Wanted, *, now: datetime, limit: int, after: tuple[str, str] | None
) -> Listed:
    """A page of a list. after: due time and id of the last item shown.

    One statement gives both, with the counts in its first row: a second one would cost as much as opening the cards.
    """
    longest = DEFAULT_LIST if limit <= DEFAULT_LIST else LONGEST_LIST
    narrowed = _narrowed(wanted.stage, wanted.state)
    statement = _page(
        wanted.kind, whole=wanted.whole, longest=longest, first=after is None, narrowed=narrowed
    )
    due, item_id = after or ("-infinity", "00000000-0000-0000-0000-000000000000")
    given = () if after is None else (due, UUID(item_id))
    moments = (now, today_ends(now))
    rows: Sequence[Mapping[str, Any]] = await connection.fetch(
        statement, *wanted.values, *moments, limit + 1, *given
    )
    whole = rows[0] if rows else None
    if whole is None:  # the page behind the last item, or a list without any
        beside = f"select {_counts(wanted.kind, whole=wanted.whole)} as counts, {_AWAY} as away"
        whole = await connection.fetchrow(beside, *wanted.values, *moments)
    return Listed(rows, counts_of(orjson.loads(whole["counts"] or "[]")), whole["away"])


_OF_REFERRAL: Final = """
    referral.id as referral_id, referral.id, referral.stage, referral.stage_due as due,
    coalesce(referral.stage_since, referral.received_at) as since, referral.assignee, cast(null as text) as about
"""
_OF_ITEM: Final = "item.referral_id, item.id, item.stage, item.due_at, item.since, item.assignee, item.about"
# What is counted stands in the index, so that no row of five hundred bytes is read for it.
_COUNTED: Final = ("referral.stage, referral.stage_due as due", "item.stage, item.due_at")


def _standing(
    kind: Kind,
    *,
    whole: bool,
    columns: tuple[str, str] = (_OF_REFERRAL, _OF_ITEM),
    more: str = "",
    order: str = "",
) -> str:
    """What stands on a list: referrals, and items beside them. columns: of both.   more: a condition over {due}, {id} and {stage}."""
    of_referral, of_item = _CONDITIONS[kind]
    seen = _ASKED if whole else f"{_ASKED} and {visible(**_SEEN)}"
    main = more.format(due="referral.stage_due", id="referral.id", stage="referral.stage")
    beside = more.format(due="item.due_at", id="item.id", stage="item.stage")
    ordered = order.format(due="stage_due", id="referral.id"), order.format(due="item.due_at", id="item.id")
    return f"""
        (select {columns[0]}
           from referral
          where referral.stage is not null and {of_referral} and {seen} {main} {ordered[0]})
        union all
        (select {columns[1]}
           from worklist_item as item join referral on referral.id = item.referral_id
          where item.done_at is null and {of_item} and {seen} {beside} {ordered[1]})
    """  # noqa: S608 -- names of this module


# As `urgency` of `rules.py` has it.
_IN_STATE: Final[Mapping[Urgency, str]] = {
    "overdue": f" and {{stage}} <> 'alert' and {{due}} < {_NOW}::timestamptz",
    "due": f" and {{stage}} <> 'alert' and {{due}} >= {_NOW}::timestamptz and {{due}} < {_TODAY_ENDS}::timestamptz",
    "waiting": f" and {{stage}} <> 'alert' and ({{due}} is null or {{due}} >= {_TODAY_ENDS}::timestamptz)",
    "alert": " and {stage} = 'alert'",
}
_IN_STAGE: Final[Mapping[ListStage, str]] = {stage: f" and {{stage}} = '{stage}'" for stage in LIST_STAGES}


def _narrowed(stage: ListStage | None, state: Urgency | None) -> str:
    """The condition for a stage and a state, for `_standing`. They are words of this module, so they stand in the text."""
    return ("" if stage is None else _IN_STAGE[stage]) + ("" if state is None else _IN_STATE[state])


@cache
def _page(kind: Kind, *, whole: bool, longest: int, first: bool, narrowed: str = "") -> str:
    """Longest stands in the text, because the server reckons with a tenth of the table where a limit is a parameter."""
    more = narrowed
    if not first:
        more += f" and (coalesce({{due}}, 'infinity'), {{id}}) > ({_AFTER_DUE}::text::timestamptz, {_AFTER_ID}::uuid)"
    order = f"order by {{due}}, {{id}} limit {longest + 1}"
    duplicate = visible("other", **_SEEN)
    return f"""
        with page as materialized (
            select *, row_number() over (order by due, id) as place
              from ({_standing(kind, whole=whole, more=more, order=order)}) as standing
             order by due, id limit {_ROWS}::bigint)
        select page.*, case when place = 1 then {_counts(kind, whole=whole)} end as counts,
               case when place = 1 then {_AWAY} end as away, referral.case_id, referral.pathway, referral.priority, referral.card,
               case when referral.card is null then referral.person end as person,
               case when referral.card is null then referral.contact end as contact,
               {HIDDEN} as hidden, {_IN_TRACING} as tracing,
               referral.possible_duplicate_of is not null and exists (
                   select from referral as other
                    where other.id = referral.possible_duplicate_of and other.merged_into is null and {duplicate}) as duplicate,
               (select array_agg(reason order by reason) from referral_pause
                 where referral_pause.referral_id = referral.id and resumed_at is null) as pauses
          from page join referral on referral.id = page.referral_id
         order by page.due, page.id
    """  # noqa: S608 -- names of this module


def _counts(kind: Kind, *, whole: bool) -> str:
    """The counts of a whole list as one JSON text: [[stage, overdue, due till the day's end, all]]."""
    return f"""
        (select json_agg(json_build_array(stage, overdue, due, items))::text from (
            select stage, count(*) filter (where due < {_NOW}::timestamptz) as overdue,
                   count(*) filter (where due < {_TODAY_ENDS}::timestamptz) as due, count(*) as items
              from ({_standing(kind, whole=whole, columns=_COUNTED)}) as standing group by stage) as counted)
    """  # noqa: S608 -- names of this module


async def items_of(act: Act, assignee: str) -> Sequence[WorklistItem]:
    """What stands on a person's list beside referrals, as far as the caller sees those; held till the act ends."""
    beside = select(WorklistItem).join(Referral, col(Referral.id) == col(WorklistItem.referral_id))
    standing = beside.where(col(WorklistItem.assignee) == assignee, col(WorklistItem.done_at).is_(None))
    return (await act.session.exec(standing.where(seen_by(act)).with_for_update(of=WorklistItem))).all()


async def referrals_of(act: Act, asked: ReassignRequest, *, most: int) -> Sequence[Referral]:
    """The open referrals of a person that the caller sees, as far as the filter lets them pass; held till the act ends."""
    found = select(Referral).where(col(Referral.assignee) == asked.from_, col(Referral.stage).is_not(None))
    if asked.filter is not None:
        for name, value in asked.filter.model_dump(exclude_none=True).items():
            found = found.where(getattr(Referral, name) == value)
    held = found.where(seen_by(act)).order_by(col(Referral.id)).limit(most).with_for_update(of=Referral)
    return (await act.session.exec(held)).all()


async def people_with_work(act: Act) -> Sequence[str]:
    """Who has open referrals that the caller sees, in alphabetical order."""
    found = select(col(Referral.assignee)).where(
        col(Referral.assignee).is_not(None), col(Referral.stage).is_not(None), seen_by(act)
    )
    people = await act.session.exec(found.distinct().order_by(col(Referral.assignee)).limit(MOST_PEOPLE))
    return [one for one in people if one is not None]


async def standing_of(act: Act, referral_id: UUID) -> Sequence[WorklistItem]:
    """What stands beside a referral that the caller was found to see, soonest first."""
    found = select(WorklistItem).where(
        col(WorklistItem.referral_id) == referral_id, col(WorklistItem.done_at).is_(None)
    )
    return (await act.session.exec(found.order_by(col(WorklistItem.due_at), col(WorklistItem.id)))).all()
