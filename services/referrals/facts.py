"""The facts this service is the author of: rows of its tables, counted by place and month, and daily snapshots of its lists."""

from datetime import date, datetime, time, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.assessments.tables import ASSESSED_TOPIC, Assessment
from services.referrals.care_plans.tables import PLAN_AUDITED_TOPIC, CarePlanAudit
from services.referrals.carers.tables import CARER_ASSESSED_TOPIC, IDENTIFIED_TOPIC, Carer, CarerAssessment
from services.referrals.community.tables import TRAINED_TOPIC, TrainingPlaces
from services.referrals.database import BY_PEOPLE
from services.referrals.discharges.tables import AVOIDED_TOPIC, AvoidedActivity
from services.referrals.events.tables import CHECKED_TOPIC, REPORTED_TOPIC, EventChecks, EventResult
from services.referrals.intake.statement import RECEIVED_TOPIC
from services.referrals.meetings.tables import DISCUSSED_TOPIC, Discussion
from services.referrals.onward.queries import due_before
from services.referrals.records.tables import Referral
from services.referrals.snapshots.actions import take_rates, take_snapshot
from services.referrals.snapshots.rates import CASEWORK, months_made_anew
from services.referrals.triage.tables import TRIAGED_TOPIC, Triage
from shared.facts.cells import Cell
from shared.facts.counting import Tally, counted
from shared.facts.days import by_day
from shared.months import LONDON, Month

SOURCE = "referrals"
WORKLIST_DAY_TOPIC = "worklist.day"
ONWARD_DAY_TOPIC = "onward.day"
ONWARD = "onward-referrals-completed-rate"
WAITING, OVERDUE = "worklist-waiting", "worklist-overdue"
CASEWORK_DAY_TOPIC = "casework.day"


async def _worklists(session: AsyncSession, *, day: date, known_at: datetime) -> list[Cell]:
    """What waits and what is overdue on the worklists on a London day, by stage."""
    return [
        Cell(
            measure=measure,
            month=Month.of(day),
            place=line.place,
            source=SOURCE,
            numerator=count,
            breakdowns=(("stage", line.stage),),
            provenance={"source": SOURCE},
        )
        for line in await take_snapshot(session, known_at=known_at)
        for measure, count in ((WAITING, line.waiting), (OVERDUE, line.overdue))
    ]


async def _onward(session: AsyncSession, *, day: date, known_at: datetime) -> list[Cell]:  # noqa: ARG001 -- rows carry their own times
    """What fell due before a London day, in the months of the day before it and the one before that, and what was done by then."""
    month = Month.of(day - timedelta(days=1))
    since = Month.of(month.first_day - timedelta(days=1)).first_day
    until = datetime.combine(day, time(), tzinfo=LONDON)
    return [
        Cell(
            measure=ONWARD,
            month=Month.of(line.month),
            place=line.place,
            source=SOURCE,
            breakdowns=(line.line,),
            numerator=line.in_time,
            denominator=line.due,
            provenance={"source": SOURCE},
        )
        for line in await due_before(session, until, since=since)
    ]


async def _casework(session: AsyncSession, *, day: date, known_at: datetime) -> list[Cell]:
    """The figures of casework on a London day, rates in each breakdown of people."""
    return [
        Cell(
            measure=rate.measure,
            month=Month.of(date.fromisoformat(rate.month)),
            place=rate.place,
            source=SOURCE,
            numerator=rate.numerator,
            denominator=rate.denominator,
            breakdowns=rate.breakdowns,
            provenance={"source": SOURCE},
        )
        for rate in await take_rates(session, known_at=known_at, day=day)
    ]


# A question to the sender decides nothing yet, nor does a redirect that leaves the decision to another list.
_DECIDED = "(own.decision in ('accept', 'reject') or own.sent_to is not null)"

# A referral counts in the month of its `referred_at` in Europe/London, at the registered practice where that is one
# of the Bay's, else at the community it went to, else on a line.
# A decision counts in its own month, at the place and in the bands that the referral counts to.
# An assessment and avoided activity count at the community that works for the person, in the month of their own day.
# A discussion counts in the month of its meeting, at the meeting's community.
# An event counts in the month in which it began, once its results are told, at its community or the nearest that holds all of its.
# An item of a worklist stands at the community that works for the person; unrouted, where the referral counts to.
TOPICS = (
    counted(RECEIVED_TOPIC, Tally("referrals-received"), table=Referral, source=SOURCE, by=BY_PEOPLE),
    counted(
        TRIAGED_TOPIC,
        Tally("referrals-accepted", of="own.decision = 'accept'"),
        Tally("triage-within-standard", of=f"own.in_time and {_DECIDED}", among=_DECIDED),
        table=Triage,
        source=SOURCE,
        by=BY_PEOPLE,
    ),
    counted(
        ASSESSED_TOPIC,
        Tally("falls-identified", of="own.newly_at_risk"),
        table=Assessment,
        source=SOURCE,
        by=BY_PEOPLE,
    ),
    counted(
        PLAN_AUDITED_TOPIC,
        Tally("care-plan-quality-rate", of="own.passed", among="true"),
        table=CarePlanAudit,
        source=SOURCE,
        by=BY_PEOPLE,
    ),
    counted(
        AVOIDED_TOPIC,
        Tally("avoided-activity", units="own.units"),
        table=AvoidedActivity,
        source=SOURCE,
        by={"kind": "own.kind"},
    ),
    counted(IDENTIFIED_TOPIC, Tally("carers-identified"), table=Carer, source=SOURCE),
    counted(CARER_ASSESSED_TOPIC, Tally("carers-assessed"), table=CarerAssessment, source=SOURCE),
    counted(
        DISCUSSED_TOPIC,
        Tally("mdt-discussions"),
        table=Discussion,
        source=SOURCE,
        by={"kind": "own.kind"},
    ),
    counted(REPORTED_TOPIC, Tally("events-held"), table=EventResult, source=SOURCE),
    counted(
        CHECKED_TOPIC,
        Tally("health-check-finding-rate", of="own.found", among="true", units="own.units"),
        table=EventChecks,
        source=SOURCE,
    ),
    counted(
        TRAINED_TOPIC,
        Tally("training-completed", units="own.completed"),
        table=TrainingPlaces,
        source=SOURCE,
        by={"kind": "own.org_kind"},
    ),
    by_day(ONWARD_DAY_TOPIC, _onward, measures=(ONWARD,), source=SOURCE),
    by_day(CASEWORK_DAY_TOPIC, _casework, measures=CASEWORK, source=SOURCE, made_anew=months_made_anew),
    by_day(WORKLIST_DAY_TOPIC, _worklists, measures=(WAITING, OVERDUE), source=SOURCE),
)
