"""Asking outcomes who was measured when, and the only writer of what is to be measured again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid5

import structlog
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.pathways.rules import day_ends
from services.referrals.records.encryption import decrypted
from services.referrals.records.tables import Referral, WorklistItem
from services.referrals.repeat_measures.catalogue import repeats
from services.referrals.repeat_measures.clients import Measurements
from services.referrals.repeat_measures.queries import (
    STAGE,
    Candidate,
    cases_to_ask,
    items_standing,
    referrals_held,
    source_of,
)
from services.referrals.repeat_measures.rules import due_of
from services.referrals.repeat_measures.tables import MeasureCheck
from shared.audit.recording import record
from shared.crypto import DecryptionRefusedError
from shared.ids import new_id
from shared.measurement_status import MOST_PSEUDONYMS
from shared.months import LONDON, london_day
from shared.nhs_numbers import without_separators
from shared.problems import Unavailable
from shared.service.platform import Platform

log = structlog.get_logger()

Due = Mapping[str, date]
"""Instrument → the day on which it is due again."""

ROUND_BEGINS = time(2, 0)
"""When in the night every open case is asked about: after the day's figures, before anybody works."""


async def ask_again(platform: Platform, measurements: Measurements, *, most: int = MOST_PSEUDONYMS) -> bool:
    """Ask about the open cases whose turn it is, and put what is due on their lists. True when there may be more of them.

    most: cases that one question is about.
    While outcomes does not answer nothing changes but that the lists say so.
    """
    now = platform.clock()
    async with platform.database.connection() as connection:
        candidates = await cases_to_ask(connection, day_begins=round_begun(now), now=now, most=most)
    try:
        due = await _due(platform, measurements, candidates, now=now)
    except Unavailable:
        await _note_away(platform, since=now)
        return False
    async with platform.transaction() as session:
        await _note_answer(session, now=now)
        await _put_on_lists(session, candidates, due, now=now)
        await _note_asked(session, candidates, now=now)
        if candidates:
            shown = {"cases": len(candidates), "due": sum(len(one) for one in due.values())}
            record(session, caller=None, event="measures.asked", resource_type="case", detail=shown)
    return len(candidates) == most


def round_begun(now: datetime) -> datetime:
    """The instant at which the last night's round began."""
    begun = datetime.combine(london_day(now), ROUND_BEGINS, tzinfo=LONDON)
    return begun if begun <= now else begun - timedelta(days=1)


async def _due(
    platform: Platform, measurements: Measurements, candidates: Sequence[Candidate], *, now: datetime
) -> dict[UUID, Due]:
    """Referral → what is due of it. Raises Unavailable."""
    known, today = repeats(), london_day(now)
    asked = [one for one in candidates if one.wanted and known.of_pathway(one.pathway)]
    of = {name: one for one in asked if (name := _pseudonym(platform, one)) is not None}
    if not of:
        if not await measurements.answers():
            raise Unavailable("The outcomes service does not answer.")
        return {}
    told = await measurements.latest_of(list(of), known.instruments.keys())
    return {
        one.referral_id: due_of(
            told.get(pseudonym, ()), repeats=known, wanted=known.of_pathway(one.pathway), today=today
        )
        for pseudonym, one in of.items()
    }


def _pseudonym(platform: Platform, one: Candidate) -> str | None:
    """The person of a case as outcomes knows them. One that cannot be read must not hold up the others."""
    try:
        number = decrypted(platform.keyring, one.nhs_number, column="nhs_number", row=one.referral_id)
        return platform.keyring.pseudonym(without_separators(number or ""))
    except (DecryptionRefusedError, ValueError) as error:
        log.warning("measures.person_unreadable", case=str(one.case_id), error=type(error).__name__)
        return None


async def _put_on_lists(
    session: AsyncSession, candidates: Sequence[Candidate], due: Mapping[UUID, Due], *, now: datetime
) -> None:
    """Let the lists hold what is due and nothing else."""
    touched = [one.referral_id for one in candidates if one.standing or due.get(one.referral_id)]
    if not touched:
        return
    held = await referrals_held(session, touched)
    standing: defaultdict[UUID, list[WorklistItem]] = defaultdict(list)
    for item in await items_standing(session, touched):
        standing[item.referral_id].append(item)
    for referral in held:
        _settle(session, referral, standing[referral.id], due.get(referral.id, {}), now=now)


def _settle(
    session: AsyncSession, referral: Referral, standing: Sequence[WorklistItem], due: Due, *, now: datetime
) -> None:
    """Let a referral's items be what is due: one for each instrument, though two records became one."""
    left = dict(due)
    for item in standing:
        day = left.pop(item.about or "", None)
        if day is None:
            item.done_at = now
        else:
            item.due_at = day_ends(day)
    for instrument, day in left.items():
        session.add(
            WorklistItem(
                id=new_id(),
                referral_id=referral.id,
                stage=STAGE,
                subject=uuid5(referral.id, instrument),
                about=instrument,
                worklist=referral.worklist,
                assignee=referral.assignee,
                since=now,
                due_at=day_ends(day),
            )
        )


async def _note_asked(session: AsyncSession, candidates: Sequence[Candidate], *, now: datetime) -> None:
    if not candidates:
        return
    rows = [{"case_id": one.case_id, "asked_at": now} for one in candidates]
    asked = insert(MeasureCheck).values(rows)
    later = {"asked_at": func.greatest(col(MeasureCheck.asked_at), asked.excluded.asked_at)}
    await session.exec(asked.on_conflict_do_update(index_elements=["case_id"], set_=later))


async def _note_answer(session: AsyncSession, *, now: datetime) -> None:
    source = await source_of(session)
    source.answered_at, source.away_since = now, None


async def _note_away(platform: Platform, *, since: datetime) -> None:
    async with platform.transaction() as session:
        source = await source_of(session)
        source.away_since = source.away_since or since
