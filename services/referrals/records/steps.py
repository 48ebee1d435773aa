"""What an open referral waits for, on whose list, by when: the only writers of stages, pauses and items of worklists.

Whoever records something of a case says what it waits for next: `proceed`. What stands beside the referral until it is done,
an onward referral or an alert, is an item: `put_on_list`, `take_off_list`.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, select

from services.referrals.clocks.queries import pauses_of
from services.referrals.clocks.rules import Interval, PauseReason, moved
from services.referrals.clocks.tables import Pause
from services.referrals.deliveries.actions import owe_answer
from services.referrals.pathways.catalogue import catalogue, working_day_after
from services.referrals.pathways.rules import (
    UNROUTED,
    Term,
    community_of,
    day_ends,
    team_of,
    whereabouts,
    worklist_of,
)
from services.referrals.records.encryption import decrypted_json
from services.referrals.records.scope import owner_of
from services.referrals.records.states import (
    CASE_STAGES,
    STAGE_OF,
    ItemStage,
    Stage,
    Step,
    outlasts_case,
    status_after,
)
from services.referrals.records.tables import Referral, WorklistItem
from shared.calendar import england
from shared.db.bare import Bare
from shared.db.reading import is_written, unwritten
from shared.ids import new_id
from shared.months import london_day
from shared.problems import Conflict
from shared.service.acting import Act

_STANDS = Bare("select 1 from worklist_item where referral_id = :id and done_at is null limit 1")


async def move(act: Act, referral: Referral, step: Step, *, reason: str | None = None) -> None:
    """Give the referral the status that the state table has for a step, and the stage of that status.

    Its clocks stand still while the sender is asked, and run again when that is over. Raises Conflict where the table has
    nothing. reason: the coded reason of the step, which the sender of a message is told.
    """
    before, after = referral.status, status_after(referral.status, step)
    if after is None:
        raise Conflict(f"A referral that is {before} allows no {step}.", code="state.transition")
    referral.status = after
    if after == before:
        return
    known_to = owner_of(act.caller) if step == "withdraw" else None
    await owe_answer(
        act, referral.id, step=step, version=referral.version + 1, reason=reason, known_to=known_to
    )
    if step == "request-information":
        await pause(act, referral, "information-requested")
    stage = STAGE_OF.get(after)
    if stage is None:
        await leave_lists(act, referral, discharged=step == "discharge")
        return
    referral.stage, referral.stage_since = stage, act.now
    if before == "information-requested":
        await resume(act, referral, "information-requested")
    await set_limits(act, referral)


async def proceed(act: Act, referral: Referral, stage: Stage, *, on: date | None = None) -> None:
    """Say what an open case waits for next. A stage that lies behind the present one changes nothing.

    on: the day it is due, which a review has; the pathway's own limit decides about the others.
    """
    order = CASE_STAGES.index
    if referral.stage not in CASE_STAGES or order(stage) < order(referral.stage):
        return
    if referral.stage != stage:
        referral.stage, referral.stage_since = stage, act.now
    referral.stage_due = None if on is None else day_ends(on)
    await set_limits(act, referral)


def place(act: Act, referral: Referral) -> None:
    """Give the referral the team and the list that its pathway, priority and community have today."""
    known, today = catalogue(), london_day(act.now)
    if referral.icc == UNROUTED and known.is_hot(referral.pathway, referral.priority):
        referral.icc = _home(act, referral)
    kind = known.team_kind(known.pathways[referral.pathway], referral.priority)
    referral.team = team_of(
        referral.icc, kind, registry=act.registry, on=today, asked_by=referral.requester_code
    )
    referral.worklist = worklist_of(kind, icc=referral.icc, team=referral.team)


def _home(act: Act, referral: Referral) -> str:
    """The community that the person's postcodes lie in, as far as the registry knows: hot work goes there."""
    held = decrypted_json(act.keyring, referral.contact, column="contact", row=referral.id)
    where = whereabouts(
        act.registry,
        on=london_day(act.now),
        practice=None,
        staying_at=held.get("staying_at"),
        named=None,
        lives_at=held.get("postcode"),
    )
    return community_of(where)


async def set_limits(act: Act, referral: Referral) -> None:
    """Set by when the referral is to be triaged, its work to start, and its stage to be done, after all pauses."""
    _limit_by(act, referral, await pauses_of(act, referral.id))


def _limit_by(act: Act, referral: Referral, pauses: Sequence[Pause]) -> None:
    way = catalogue().pathways[referral.pathway]
    start = referral.clock_from or referral.received_at
    terms = way.clocks[referral.priority]
    referral.triage_by = _limit(act, terms.triage, start, pauses)
    referral.start_by = _limit(act, terms.start, start, pauses)
    still = any(one.resumed_at is None for one in pauses)
    if referral.stage == "review":
        return  # a day in the diary, which no pause moves
    if still or referral.stage in (None, "information"):
        referral.stage_due = None
    elif referral.stage == "triage":
        referral.stage_due = referral.triage_by
    elif referral.stage == "first-contact":
        referral.stage_due = referral.start_by
    else:
        term = catalogue().next_steps(way, referral.priority)[referral.stage]
        referral.stage_due = _limit(act, term, referral.stage_since or start, pauses)


def _limit(act: Act, term: Term, start: datetime, pauses: Sequence[Pause]) -> datetime:
    return moved(
        term.after(start, add_working_days=working_day_after),
        since=start,
        pauses=[Interval(one.paused_at, one.resumed_at or act.now) for one in pauses],
        in_working_days=term.minutes is None,
        calendar=england(),
    )


async def pause(act: Act, referral: Referral, reason: PauseReason) -> bool:
    """Let the referral's clocks stand still. False when they do so already for this reason."""
    if _running(await pauses_of(act, referral.id), reason):
        return False
    act.session.add(Pause(id=new_id(), referral_id=referral.id, reason=reason, paused_at=act.now))
    await act.session.flush()
    await set_limits(act, referral)
    return True


async def resume(act: Act, referral: Referral, reason: PauseReason | None = None) -> bool:
    """Let the clocks run again after a pause for this reason, or for every reason. False when there is none."""
    pauses = await pauses_of(act, referral.id)
    running = _running(pauses, reason)
    for one in running:
        one.resumed_at = max(act.now, one.paused_at)
    _limit_by(act, referral, pauses)
    return bool(running)


def _running(pauses: Iterable[Pause], reason: PauseReason | None) -> list[Pause]:
    return [one for one in pauses if one.resumed_at is None and reason in (None, one.reason)]


async def leave_lists(act: Act, referral: Referral, *, discharged: bool = False) -> None:
    """Take an ended referral off every list, with what stands beside it. discharged: what outlasts a case then stays."""
    await resume(act, referral)
    referral.stage = referral.stage_due = referral.stage_since = None
    for item in await _items(act, referral):
        if not (discharged and outlasts_case(item.stage, item.about)):
            item.done_at = act.now


async def put_on_list(
    act: Act,
    referral: Referral,
    stage: ItemStage,
    *,
    subject: UUID,
    due_at: datetime | None = None,
    assignee: str | None = None,
    about: str | None = None,
    worklist: str | None = None,
) -> None:
    """Let something stand on the referral's list until it is done. What stands already gets the new time.

    subject: what it is about.   assignee: whose it is, else of whoever has the referral.   about: a word without personal data.
    worklist: another list than the referral's, where a team of its own does it: then nobody has it yet.
    """
    for item in await _items(act, referral, stage, subject):
        item.due_at = due_at
        return
    act.session.add(
        WorklistItem(
            id=new_id(),
            referral_id=referral.id,
            stage=stage,
            subject=subject,
            about=about,
            worklist=worklist or referral.worklist,
            assignee=assignee or (referral.assignee if worklist is None else None),
            since=act.now,
            due_at=due_at,
        )
    )


async def take_off_list(act: Act, referral: Referral, stage: ItemStage, *, subject: UUID) -> None:
    """What stood there is done."""
    for item in await _items(act, referral, stage, subject):
        item.done_at = act.now


async def hand_over(act: Act, referral: Referral, assignee: str | None) -> None:
    """Give the referral to somebody, or to the team (None), with the items that were of whoever had it."""
    for item in await _items(act, referral):
        if item.assignee == referral.assignee:
            item.assignee = assignee
    referral.assignee = assignee


async def give_items(act: Act, referral: Referral, *, to: Referral) -> None:
    """Let what stands beside a referral stand beside another one, or on the list that the same one has now."""
    for item in await _items(act, referral):
        item.referral_id, item.worklist = to.id, to.worklist


async def _items(
    act: Act, referral: Referral, stage: ItemStage | None = None, subject: UUID | None = None
) -> list[WorklistItem]:
    if is_written(act.session, WorklistItem) and not await _STANDS.rows(act.session, {"id": referral.id}):
        return []  # as nearly always: no rows are made of it
    standing = select(WorklistItem).where(
        col(WorklistItem.referral_id) == referral.id, col(WorklistItem.done_at).is_(None)
    )
    with unwritten(act.session, WorklistItem):
        found = (await act.session.exec(standing)).all()
    return [one for one in found if stage in (None, one.stage) and subject in (None, one.subject)]
