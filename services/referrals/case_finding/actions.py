"""The only writers of cohorts; and who a member is, for the practice alone."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.referrals.case_finding.queries import (
    Narrowed,
    cohort_seen,
    counts_of,
    members_of,
    members_of_practice,
    owned,
)
from services.referrals.case_finding.rules import BadRow, Person, is_too_bad
from services.referrals.case_finding.schemas import (
    CohortAnswer,
    CohortCounts,
    KnownMember,
    KnownMembers,
    ListAnswer,
    ListBody,
    MemberAnswer,
    Quarantined,
    ReidentifyBody,
)
from services.referrals.case_finding.tables import Cohort, FoundList, Member
from services.referrals.records.scope import owner_of, sight
from shared.ids import new_id
from shared.months import london_day
from shared.problems import FieldError, Forbidden, Invalid, NotFound
from shared.service.acting import Act
from shared.service.paging import Pager

ROWS_A_PIECE: Final = 2_000
"""So many rows are sealed and stored at once: far within a statement's time, and other requests are served between."""
_COLUMNS: Final = {
    "id": "uuid",
    "pseudonym": "text",
    "practice": "text",
    "icc": "text",
    "instrument": "text",
    "score": "numeric",
    "band": "text",
    "measured_on": "date",
    "sector": "text",
    "nhs_number": "bytea",
}
_KNOWN: Final = text(
    "select pseudonym, id from case_finding_member where cohort_id = :cohort and pseudonym = any(cast(:names as text[]))"
)
# A person's id stays, for the number is sealed for it. An older score never takes the place of a newer one.
_STORE: Final = text(f"""
    insert into case_finding_member as known (cohort_id, list_id, {", ".join(_COLUMNS)})
    select :cohort, :list, {", ".join(_COLUMNS)}
      from unnest({", ".join(f"cast(:{name} as {kind}[])" for name, kind in _COLUMNS.items())}) as new ({", ".join(_COLUMNS)})
        on conflict (cohort_id, pseudonym) do update
       set list_id = excluded.list_id, practice = excluded.practice, icc = excluded.icc, instrument = excluded.instrument,
           score = excluded.score, band = excluded.band, measured_on = excluded.measured_on,
           sector = coalesce(excluded.sector, known.sector), nhs_number = coalesce(known.nhs_number, excluded.nhs_number)
     where known.measured_on <= excluded.measured_on
       and (known.practice, known.icc, known.instrument, known.score, known.measured_on, known.sector, known.nhs_number is null)
           is distinct from
           (excluded.practice, excluded.icc, excluded.instrument, excluded.score, excluded.measured_on,
            coalesce(excluded.sector, known.sector), known.nhs_number is null and excluded.nhs_number is null)
    returning (xmax = 0) as added
""")  # noqa: S608 -- names of this module


async def take_list(act: Act, name: str, sent: ListBody) -> ListAnswer:
    """Take a list into the caller's cohort of a name: new people are added, known ones updated. Raises Invalid, Forbidden."""
    people, foreign = _own(act, sent.found.people)
    bad = sorted([*sent.found.bad, *foreign], key=lambda one: one.row)
    if is_too_bad(good=len(people), bad=len(bad)):
        raise Invalid(
            errors=[FieldError(one.code, f"/{one.row}/{one.column}", one.detail) for one in bad[:100]]
        )
    cohort = await _cohort(act, name)
    made = FoundList(
        id=new_id(),
        cohort_id=cohort.id,
        digest=act.keyring.blind_index("case-finding-list", sent.digest),
        row_count=len(people) + len(bad),
        added=0,
        updated=0,
        unchanged=0,
        quarantined=[asdict(one) for one in bad],
        sent_at=act.now,
        sent_by=act.caller.client,
    )
    act.session.add(made)
    await act.session.flush()  # members refer to it
    stored = [added for piece in _pieces(people) for added in await _store(act, made, piece)]
    made.added = sum(stored)
    made.updated = len(stored) - made.added
    made.unchanged = len(people) - len(stored)
    shown = {"rows": made.row_count, "added": made.added, "updated": made.updated, "quarantined": len(bad)}
    await act.happened(
        "cohort.list-taken", resource_type="case-finding-cohort", resource_id=cohort.id, detail=shown
    )
    return await _told(act, made, cohort, bad)


def _own(act: Act, people: Sequence[Person]) -> tuple[list[Person], list[BadRow]]:
    """The people whom the caller works for, and the rows of others. Raises Forbidden where the caller works for nobody."""
    seen, today = sight(act.caller, registry=act.registry, now=act.now), london_day(act.now)
    if seen.nothing:
        raise Forbidden("The token names neither a practice nor a community.")
    icc_of = act.registry.icc_of_practice
    own = [
        one
        for one in people
        if seen.everything or one.practice == seen.org or icc_of(one.practice, today) in seen.communities
    ]
    kept = {one.row for one in own}
    detail = "The practice is not one of those that the token covers."
    return own, [
        BadRow(one.row, "row.out_of_scope", "practice", detail) for one in people if one.row not in kept
    ]


def _owner(act: Act) -> str:
    """Whose a cohort is: the organisation's, or all workers' of the communities that a token names."""
    if act.caller.org is None and act.caller.communities:
        return "communities:" + ",".join(sorted(act.caller.communities))
    return owner_of(act.caller)


async def _cohort(act: Act, name: str) -> Cohort:
    """The caller's cohort of a name, made when it is new, held till the act ends."""
    owner = _owner(act)
    made = insert(Cohort).values(id=new_id(), owner=owner, name=name, made_at=act.now)
    await act.session.exec(made.on_conflict_do_nothing())
    found = select(Cohort.id).where(col(Cohort.owner) == owner, col(Cohort.name) == name)
    return await owned(act, (await act.session.exec(found)).one())


def _pieces(people: Sequence[Person]) -> Iterator[Sequence[Person]]:
    for start in range(0, len(people), ROWS_A_PIECE):
        yield people[start : start + ROWS_A_PIECE]


async def _store(act: Act, made: FoundList, people: Sequence[Person]) -> list[bool]:
    """Store people. Returns, of each whom it changed anything for, whether they are new."""
    names = await asyncio.to_thread(_pseudonyms, act, people)
    connection = await act.session.connection()
    found = await connection.execute(_KNOWN, {"cohort": made.cohort_id, "names": names})
    known: dict[str, UUID] = {row.pseudonym: row.id for row in found}
    rows = await asyncio.to_thread(_sealed, act, people, names, known)
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in _COLUMNS}
    stored = await connection.execute(_STORE, {"cohort": made.cohort_id, "list": made.id, **columns})
    return list(stored.scalars())


def _pseudonyms(act: Act, people: Sequence[Person]) -> list[str]:
    return [one.pseudonym if one.number is None else act.keyring.pseudonym(one.number) for one in people]  # type: ignore[misc]  # a row has one of them


def _sealed(
    act: Act, people: Sequence[Person], names: Sequence[str], known: dict[str, UUID]
) -> list[dict[str, Any]]:
    """The columns of people. A list that names one person by number and by pseudonym names the same twice: the first counts."""
    today = london_day(act.now)
    rows: dict[str, dict[str, Any]] = {}
    for one, pseudonym in zip(people, names, strict=True):
        member_id = known.get(pseudonym) or new_id()
        rows.setdefault(
            pseudonym,
            {
                "id": member_id,
                "pseudonym": pseudonym,
                "practice": one.practice,
                "icc": act.registry.icc_of_practice(one.practice, today),
                "instrument": one.instrument,
                "score": one.score,
                "band": one.band,
                "measured_on": one.measured_on,
                "sector": one.sector,
                **act.sealed(Member, member_id, nhs_number=one.number),
            },
        )
    return list(rows.values())


async def _told(act: Act, made: FoundList, cohort: Cohort, bad: Sequence[BadRow]) -> ListAnswer:
    counts = await counts_of(act, cohort.id, Narrowed())
    return ListAnswer(
        id=made.id,
        rows=made.row_count,
        added=made.added,
        updated=made.updated,
        unchanged=made.unchanged,
        quarantined=[Quarantined(**asdict(one)) for one in bad],
        cohort=CohortCounts(id=cohort.id, name=cohort.name, counts=counts),
    )


async def read_cohort(act: Act, cohort_id: UUID, wanted: Narrowed, *, paging: Pager) -> CohortAnswer:
    """A cohort as far as the caller sees it, without names. Raises NotFound."""
    cohort = await cohort_seen(act, cohort_id, owner=_owner(act))
    if cohort is None:
        raise NotFound
    rows = await members_of(act, cohort.id, wanted, paging=paging)
    page = paging.page(
        rows, shown=lambda one: MemberAnswer.model_validate(one.model_dump()), at=lambda one: [str(one.id)]
    )
    shown = {"rows": len(page.items)}
    await act.happened(
        "cohort.read", resource_type="case-finding-cohort", resource_id=cohort.id, detail=shown
    )
    counts = await counts_of(act, cohort.id, wanted)
    return CohortAnswer(id=cohort.id, name=cohort.name, counts=counts, items=page.items, next=page.next)


async def reidentify(act: Act, cohort_id: UUID, asked: ReidentifyBody) -> KnownMembers:
    """Tell a practice who its own people are; each is recorded. Raises NotFound where any is another's, Forbidden."""
    if act.caller.org is None:
        raise Forbidden("Only a practice learns who its people are.")
    found = await members_of_practice(act, cohort_id, asked.members, practice=act.caller.org)
    if len(found) != len(set(asked.members)):
        raise NotFound
    items = []
    for member_id in asked.members:
        number = act.opened(found[member_id], "nhs_number")
        await act.happened(
            "cohort.reidentified", resource_type="case-finding-member", resource_id=member_id, person=number
        )
        items.append(KnownMember(id=member_id, nhs_number=number))
    return KnownMembers(items=items)
