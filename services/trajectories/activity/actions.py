"""What a file of activity changes: its cells and its submission in one transaction, or the report on it alone."""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.activity.exchange import Counted, Form
from services.trajectories.activity.queries import (
    PART_TABLE,
    Standing,
    forget_parts,
    list_slots,
    live_submission,
    parts_at,
    rate_slots,
    standing_at,
)
from services.trajectories.activity.rules.denominators import divided, needs_lists
from services.trajectories.activity.rules.kinds import REGISTERED
from services.trajectories.activity.rules.merging import Lines, Parts, Slot, given, merged
from services.trajectories.activity.rules.restating import restatements, unlisted
from services.trajectories.activity.rules.values import month_of_number
from services.trajectories.activity.tables import ActivitySubmission
from services.trajectories.ingest.actions import hold_subscription
from services.trajectories.ingest.authoring import AUTHOR, author_facts
from shared.audit import record
from shared.auth.caller import Caller
from shared.db.copying import copy_rows
from shared.facts.cells import Cell
from shared.ids import new_id

SOURCE: Final = "activity"
"""One name for all who send: two suppliers of a practice's month replace each other and are never added."""
_LISTS: Final = "list-sizes"


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that was counted. form, asked: what it was sent as, and as which measure."""

    caller: Caller
    asked: str
    form: Form
    counted: Counted
    sha256: str
    now: datetime


@dataclass(slots=True)
class Outcome:
    """What a file makes of what stands. cells: to be written.   figures: of the file itself, by slot."""

    figures: dict[Slot, Lines]
    cells: list[Cell]
    sent: Parts
    parts: Parts
    standing: Standing


async def take_file(session: AsyncSession, sent: Sent) -> ActivitySubmission:
    """Store a file's figures, or the report on a rejected one. The same bytes still wholly in force are the same submission."""
    if sent.counted.refused:
        return await _store(session, _submission(sent, new_id()), sent)
    await hold_subscription(session, AUTHOR)  # one file after the other, so that each sees what stands
    same = await live_submission(session, sent.counted.measure, sent.sha256)
    if same is not None and (same.client, same.org) == (sent.caller.client, sent.caller.org):
        return same
    submission = _submission(sent, new_id())
    outcome = await _outcome(session, sent, submission.id)
    _report(submission, outcome)
    await _supersede(session, submission)
    await author_facts(session, outcome.cells)
    await _keep_parts(session, outcome)
    return await _store(session, submission, sent)


async def check_file(session: AsyncSession, sent: Sent) -> ActivitySubmission:
    """The report on a file of which nothing is stored."""
    submission = _submission(sent, new_id())
    if not sent.counted.refused:
        _report(submission, await _outcome(session, sent, submission.id))
    return submission


def _submission(sent: Sent, submission_id: UUID) -> ActivitySubmission:
    counted = sent.counted
    months = [line.month for line in counted.lines]
    return ActivitySubmission(
        id=submission_id,
        measure=counted.measure or sent.asked,
        measures=list(dict.fromkeys(line.measure for line in counted.lines)),
        kind=counted.kind,
        form=sent.form,
        sha256=sent.sha256,
        client=sent.caller.client,
        org=sent.caller.org,
        status="rejected" if counted.refused else "accepted",
        live=not counted.refused,
        first_month=month_of_number(min(months)).first_day if months else None,
        last_month=month_of_number(max(months)).first_day if months else None,
        rows_read=counted.read,
        rows_rejected=counted.rejected,
        figures=0,
        errors=counted.errors,
        errors_total=counted.errors_total,
        warnings=counted.warnings,
        changes=[],
        changes_total=0,
        superseded=[],
        received_at=sent.now,
    )


async def _outcome(session: AsyncSession, sent: Sent, submission_id: UUID) -> Outcome:
    by_slot = given(sent.counted.lines)
    slots = by_slot.keys()
    standing, parts = await standing_at(session, slots), await parts_at(session, slots)
    figures = merged(by_slot, standing.lines, parts)
    origin = {"feed": SOURCE, "submission": str(submission_id), "received_at": sent.now.isoformat()}
    lists = await standing_at(
        session, list_slots(slot for slot in slots if needs_lists(slot.measure, figures[slot]))
    )
    cells: list[Cell] = []
    for slot, lines in figures.items():
        told = origin
        if needs_lists(slot.measure, lines):
            lines = figures[slot] = divided(slot.measure, lines, _people(lists, slot))  # noqa: PLW2901
            told = {**origin, "denominator": _LISTS}
        cells += _cells(slot, lines, told, standing.lines.get(slot, {}))
    cells += [cell async for cell in _divided_again(session, figures)]
    return Outcome(figures, cells, by_slot, parts, standing)


def _people(lists: Standing, slot: Slot) -> dict[str, int]:
    """The list sizes of a slot's place and month."""
    return {
        key: pair[0] for key, pair in lists.lines.get(Slot(REGISTERED, slot.month, slot.place), {}).items()
    }


async def _divided_again(session: AsyncSession, figures: dict[Slot, Lines]) -> AsyncIterator[Cell]:
    """The rates that new list sizes divide: those whose denominators were list sizes, known or not."""
    listed = [slot for slot in figures if slot.measure == REGISTERED]
    rates = await standing_at(session, rate_slots(listed))
    for slot, lines in rates.lines.items():
        if rates.provenance[slot].get("denominator") != _LISTS:
            continue
        people = {key: pair[0] for key, pair in figures[Slot(REGISTERED, slot.month, slot.place)].items()}
        for cell in _cells(slot, divided(slot.measure, lines, people), rates.provenance[slot], {}):
            yield cell


def _cells(slot: Slot, lines: Lines, told: dict[str, Any], before: Lines) -> Iterator[Cell]:
    """The cells of a slot; those of other breakdowns that stood before are withdrawn, or its total would double."""
    month = month_of_number(slot.month)
    for key in {**before, **lines}:
        numerator, denominator = lines.get(key, (None, None))
        yield Cell(
            measure=slot.measure,
            month=month,
            place=slot.place,
            source=SOURCE,
            numerator=numerator,
            denominator=denominator,
            breakdowns=tuple(_pairs(key)),
            provenance=told,
        )


def _pairs(key: str) -> Iterable[tuple[str, str]]:
    return () if not key else ((key.partition("=")[0], key.partition("=")[2]),)


def _report(submission: ActivitySubmission, outcome: Outcome) -> None:
    """What a submission says of what it changes."""
    before = outcome.standing
    changes, warnings = restatements(outcome.figures, before.lines)
    submission.figures = sum(len(lines) for lines in outcome.figures.values())
    submission.changes, submission.changes_total = changes[:100], len(changes)
    submission.warnings = [*submission.warnings, *warnings, *unlisted(outcome.figures)]
    origins = {str(told["submission"]) for told in before.provenance.values() if "submission" in told}
    submission.superseded = sorted(origins)


async def _supersede(session: AsyncSession, submission: ActivitySubmission) -> None:
    """Mark the submissions that are no longer wholly in force."""
    table = ActivitySubmission
    of = col(table.id).in_([UUID(one) for one in submission.superseded])
    await session.exec(update(table).where(of).values(live=False, superseded_by=submission.id))


async def _keep_parts(session: AsyncSession, outcome: Outcome) -> None:
    """Remember what practices gave to other places than themselves."""
    known = ((slot, code) for slot, by_practice in outcome.sent.items() for code in by_practice)
    await forget_parts(session, [(slot, code) for slot, code in known if code in outcome.parts.get(slot, {})])
    rows = [
        {
            "measure": slot.measure,
            "month": month_of_number(slot.month).first_day,
            "place": slot.place,
            "sent": code,
            "breakdown_key": key,
            "numerator": numerator,
            "denominator": denominator,
        }
        for slot, by_practice in outcome.sent.items()
        for code, lines in by_practice.items()
        if code != slot.place
        for key, (numerator, denominator) in lines.items()
    ]
    await copy_rows(session, PART_TABLE, rows)


async def _store(session: AsyncSession, submission: ActivitySubmission, sent: Sent) -> ActivitySubmission:
    session.add(submission)
    await session.flush()
    record(
        session,
        caller=sent.caller,
        event=f"activity.{submission.status}",
        resource_type="activity-submission",
        resource_id=str(submission.id),
        detail={"measure": submission.measure, "sha256": submission.sha256, "rows": submission.rows_read},
    )
    return submission
