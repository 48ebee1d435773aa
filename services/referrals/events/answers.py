"""Events as they are told, and as entries of a calendar."""

from services.referrals.events.calendars import Occurrence
from services.referrals.events.schemas import (
    CommunityEventAnswer,
    FeedbackAnswer,
    FindingAnswer,
    ResultsAnswer,
)
from services.referrals.events.tables import CommunityEvent, EventResult


def event_shown(row: CommunityEvent, result: EventResult | None) -> CommunityEventAnswer:
    """One occurrence with what came of it."""
    told = row.model_dump(include=set(CommunityEventAnswer.model_fields) - {"results"})
    return CommunityEventAnswer(**told, results=None if result is None else _results(result))


def _results(result: EventResult) -> ResultsAnswer:
    feedback = None
    if result.feedback_n is not None and result.feedback_of is not None:
        feedback = FeedbackAnswer(n=result.feedback_n, of=result.feedback_of)
    return ResultsAnswer(
        attended=result.attended,
        checked=result.checked,
        findings=[FindingAnswer.model_validate(one) for one in result.findings],
        signposted=result.signposted,
        referred=result.referred,
        schools=result.schools,
        feedback=feedback,
    )


def occurrence_of(row: CommunityEvent) -> Occurrence:
    """A row as an entry of a calendar."""
    return Occurrence(
        entry=0,
        uid=row.uid,
        number=row.number,
        recurring=row.recurring,
        title=row.title,
        description=row.description,
        place=row.place,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        rrule=None,
        communities=tuple(row.communities),
        ages=tuple(row.ages),
        needs=tuple(row.needs),
        topics=tuple(row.topics),
        cancelled=row.status == "cancelled",
        public=row.public,
    )
