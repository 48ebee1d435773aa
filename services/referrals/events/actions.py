"""The only writers of events: planned one by one or as a calendar, changed, and what came of each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.referrals.directory.finding import check_covers, known_communities, known_schools
from services.referrals.events.answers import event_shown
from services.referrals.events.calendars import Occurrence, Read
from services.referrals.events.queries import event_called, events_of_calendars, result_of
from services.referrals.events.recurrence import RecurrenceRefused, expand
from services.referrals.events.rules import (
    Found,
    event_faults,
    newly_found,
    result_faults,
)
from services.referrals.events.schemas import (
    CalendarAnswer,
    CalendarBody,
    CalendarWarning,
    CommunityEventAnswer,
    EventBody,
    EventChange,
    EventMade,
    ResultsBody,
)
from services.referrals.events.tables import (
    CHECKED_TOPIC,
    REPORTED_TOPIC,
    CommunityEvent,
    EventChecks,
    EventResult,
)
from shared.facts.publishing import record_fact_event
from shared.http.versions import ExpectedVersion
from shared.ids import new_id
from shared.months import Month, london_day
from shared.problems import Conflict, FieldError, Forbidden, Invalid, NotFound
from shared.service.acting import Act

_HOST: Final = "icc-platform.example"
_CUT: Final = "It recurs without end, or too far ahead: 366 occurrences and five years are taken at most."
_ONE_AT_A_TIME: Final = text("select pg_advisory_xact_lock(hashtextextended('community events', 0))")
_OF_CALENDAR: Final = ("title", "description", "place", "starts_at", "ends_at", "rrule", "public", "status")


async def plan_event(act: Act, body: EventBody) -> EventMade:
    """Put an event into the diary, each of its occurrences. Raises Invalid, Forbidden."""
    communities = _check(act, body)
    try:
        expanded = expand(body.rrule, body.starts_at)
    except RecurrenceRefused:
        raise Invalid.one("ical.recurrence", "/rrule", "Nobody can tell when it recurs.") from None
    first, lasts = new_id(), body.ends_at - body.starts_at
    rows = [
        _row(
            act,
            id=new_id() if number else first,
            uid=f"{first}@{_HOST}",
            number=number,
            recurring=body.rrule is not None,
            **_said(body, communities),
            rrule=body.rrule,
        )
        for number, _ in enumerate(expanded.starts)
    ]
    for row, start in zip(rows, expanded.starts, strict=True):
        row.starts_at, row.ends_at = start, start + lasts
    act.session.add_all(rows)
    await act.happened("event.planned", resource_type="event", resource_id=first)
    told = event_shown(rows[0], None).model_dump()
    if expanded.cut:
        told["warnings"] = [CalendarWarning(code="ical.cut", pointer="/rrule", detail=_CUT)]
    return EventMade(**told, occurrences=len(rows))


def _check(act: Act, body: EventChange) -> list[str]:
    """The communities of an event. Raises Invalid, Forbidden."""
    if errors := list(event_faults(body.starts_at, body.ends_at)):
        raise Invalid(errors=errors)
    communities = known_communities(act, body.communities)
    check_covers(act, communities)
    return communities


def _said(body: EventChange, communities: Sequence[str]) -> dict[str, Any]:
    return {
        **{name: getattr(body, name) for name in _OF_CALENDAR if name != "rrule"},
        "communities": list(communities),
        "ages": list(body.ages),
        "needs": list(body.needs),
        "topics": list(body.topics),
    }


def _row(act: Act, **columns: Any) -> CommunityEvent:
    return CommunityEvent(**columns, changed_at=act.now, changed_by=act.caller.client)


async def change_event(
    act: Act, event_id: UUID, body: EventChange, *, expected: ExpectedVersion
) -> CommunityEventAnswer:
    """Say what one occurrence is now. Raises NotFound, Forbidden, PreconditionFailed, Invalid."""
    row = await _own(act, event_id)
    expected.check(row.version)
    _change(act, row, _said(body, _check(act, body)))
    await act.happened("event.changed", resource_type="event", resource_id=row.id)
    return event_shown(row, await result_of(act, row.id))


async def _own(act: Act, event_id: UUID) -> CommunityEvent:
    """An event of the caller's communities, held till the act ends. Raises NotFound, Forbidden."""
    row = await event_called(act, event_id, held=True)
    if row is None:
        raise NotFound
    check_covers(act, row.communities)
    return row


def _change(act: Act, row: CommunityEvent, said: Mapping[str, Any]) -> bool:
    """Whether anything of an event is other than before."""
    if all(getattr(row, name) == value for name, value in said.items()):
        return False
    for name, value in said.items():
        setattr(row, name, value)
    row.version += 1
    row.changed_at, row.changed_by = act.now, act.caller.client
    return True


async def report_results(act: Act, event_id: UUID, body: ResultsBody) -> CommunityEventAnswer:
    """Say what came of an event, once. Raises NotFound, Forbidden, Invalid, Conflict."""
    row = await _own(act, event_id)
    findings = [Found(one.kind, one.new, one.known) for one in body.findings]
    faults = result_faults(
        attended=body.attended,
        checked=body.checked,
        findings=findings,
        signposted=body.signposted,
        referred=body.referred,
        feedback=None if body.feedback is None else (body.feedback.n, body.feedback.of),
    )
    if errors := list(faults):
        raise Invalid(errors=errors)
    if row.starts_at > act.now:
        raise Invalid.one("date.future", "", "Nothing has come yet of an event that is still to be.")
    if row.status == "cancelled" or await result_of(act, row.id) is not None:
        raise Conflict("The event was cancelled, or its results are told already.", code="state.transition")
    counted: dict[str, Any] = {
        "counted_month": Month.of(row.starts_at).first_day,
        "counted_place": _place_of(act, row.communities),
    }
    result = EventResult(
        id=row.id,
        schools=known_schools(act, body.schools),
        **body.model_dump(include={"attended", "checked", "signposted", "referred"}),
        findings=[one.model_dump() for one in body.findings],
        feedback_n=None if body.feedback is None else body.feedback.n,
        feedback_of=None if body.feedback is None else body.feedback.of,
        reported_at=act.now,
        reported_by=act.caller.client,
        **counted,
    )
    act.session.add(result)
    await act.session.flush()  # its checks refer to it
    await act.happened(REPORTED_TOPIC, counts=row.id, resource_type="event", resource_id=row.id)
    new = newly_found(findings, checked=body.checked)
    for found, units in ((True, new), (False, body.checked - new)):
        if units:
            checks = EventChecks(id=new_id(), event_id=row.id, found=found, units=units, **counted)
            act.session.add(checks)
            await record_fact_event(act.session, topic=CHECKED_TOPIC, subject=checks.id)
    return event_shown(row, result)


def _place_of(act: Act, communities: Sequence[str]) -> str:
    """Where an event counts: its community, or the nearest one that holds all of several."""
    today = london_day(act.now)
    above = [(slug, *act.registry.ancestors(slug, today)) for slug in communities]
    common = (place for place in above[0] if all(place in chain for chain in above))
    return next(common, act.registry.system)


async def take_calendar(act: Act, sent: CalendarBody, *, community: str | None) -> CalendarAnswer:
    """Take over a calendar: what it has is added or updated by UID, never doubled; all of it or nothing. Raises Invalid, Forbidden.

    community: of entries that do not say theirs.
    """
    given = [] if community is None else known_communities(act, community.split(","), pointer="/community")
    read = sent.found
    await (await act.session.connection()).execute(_ONE_AT_A_TIME)
    known = await events_of_calendars(act, {uid for uid, _ in read.occurrences})
    said = _all_said(act, read, known, given)
    added = [
        _row(act, id=new_id(), uid=one.uid, number=one.number, recurring=one.recurring, **said[key])
        for key, one in read.occurrences.items()
        if key not in known and not one.cancelled
    ]
    act.session.add_all(added)
    called_off = [
        known[key].status == "planned" and one.cancelled
        for key, one in read.occurrences.items()
        if key in known
    ]
    updated = [_change(act, known[key], said[key]) for key in read.occurrences if key in known]
    gone = [_change(act, row, {"status": "cancelled"}) for row in _gone(act, read, known)]
    await act.happened("event.calendar-taken", resource_type="event", detail={"rows": len(read.occurrences)})
    return CalendarAnswer(
        events=read.entries,
        added=len(added),
        updated=sum(updated) - sum(called_off),
        unchanged=len(updated) - sum(updated),
        cancelled=sum(called_off) + sum(gone),
        warnings=[
            CalendarWarning(code="ical.cut", pointer=f"/{place}/RRULE", detail=_CUT) for place in read.cut
        ],
    )


def _all_said(
    act: Act,
    read: Read,
    known: Mapping[tuple[str, int], CommunityEvent],
    given: Sequence[str],
) -> dict[tuple[str, int], dict[str, Any]]:
    """What a calendar says of each occurrence. Raises Invalid where it is of no community, or of another's."""
    said, errors, seen = {}, [], {}
    for key, one in read.occurrences.items():
        before = list(known[key].communities) if key in known else []
        named = one.communities or tuple(before or given)
        where = (named, tuple(before))
        if where not in seen:
            seen[where] = _communities_of(act, named, before)
        communities = seen[where]
        if isinstance(communities, FieldError):
            pointer = f"/{one.entry}/{communities.pointer}"
            errors.append(FieldError(communities.code, pointer, communities.detail))
        else:
            said[key] = _said_of(one, communities)
    if errors:
        raise Invalid(errors=list(dict.fromkeys(errors))[:100])
    return said


def _communities_of(act: Act, named: Sequence[str], before: Sequence[str]) -> list[str] | FieldError:
    """The communities of an entry, or what is wrong with them."""
    if not named:
        return FieldError(
            "body.required", "X-ICC-COMMUNITIES", "Say with `community=` whose events these are."
        )
    try:
        found = known_communities(act, named)
        check_covers(act, [*found, *before])
    except Invalid as refused:
        return FieldError(refused.errors[0].code, "X-ICC-COMMUNITIES", refused.errors[0].detail)
    except Forbidden:
        return FieldError(
            "row.out_of_scope", "UID", "The token does not cover the communities of this event."
        )
    return found


def _said_of(one: Occurrence, communities: Sequence[str]) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in _OF_CALENDAR if name not in {"status", "rrule"}}
    if not one.recurring or one.rrule is not None:
        told["rrule"] = one.rrule
    return {
        **told,
        "status": "cancelled" if one.cancelled else "planned",
        "communities": list(communities),
        "ages": list(one.ages),
        "needs": list(one.needs),
        "topics": list(one.topics),
    }


def _gone(act: Act, read: Read, known: Mapping[tuple[str, int], CommunityEvent]) -> Iterator[CommunityEvent]:
    """Occurrences to come of a recurring event that it has no more."""
    for key, row in known.items():
        if row.uid in read.whole and key not in read.occurrences and row.starts_at > act.now:
            yield row
