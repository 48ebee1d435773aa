"""The only writers of forum meetings, insights and trainings; each reading of them is of one's own communities."""

from collections.abc import Iterator, Sequence

import orjson

from services.referrals.community.queries import places_of, told_here
from services.referrals.community.schemas import (
    AudienceAnswer,
    ForumAnswer,
    ForumBody,
    InsightAnswer,
    InsightBody,
    RaisedProblemAnswer,
    TrainingAnswer,
    TrainingBody,
    TrainingPlaceAnswer,
)
from services.referrals.community.tables import TRAINED_TOPIC, Forum, Insight, Training, TrainingPlaces
from services.referrals.directory.finding import check_covers, known_communities, known_schools
from services.referrals.directory.queries import whole_directory
from services.referrals.directory.rules import Directory
from services.referrals.records.scope import iccs_under
from shared.facts.publishing import record_fact_event
from shared.ids import new_id
from shared.months import Month, london_day
from shared.problems import FieldError, Invalid
from shared.service.acting import Act
from shared.service.paging import Page, Pager


def _community(act: Act, slug: str) -> str:
    """A community that the caller covers. Raises Invalid, Forbidden."""
    (community,) = known_communities(act, (slug,), pointer="/community")
    check_covers(act, [community])
    return community


async def hold_forum(act: Act, body: ForumBody) -> ForumAnswer:
    """Record a meeting with partners. Raises Invalid, Forbidden."""
    community = _community(act, body.community)
    if errors := list(_forum_faults(act, body, await whole_directory(act.session))):
        raise Invalid(errors=errors)
    forum_id = new_id()
    problems = orjson.dumps([one.model_dump() for one in body.problems])
    forum = Forum(
        id=forum_id,
        community=community,
        held_on=body.held_on,
        invited=list(body.invited),
        attended=list(body.attended),
        recorded_at=act.now,
        recorded_by=act.caller.client,
        **act.sealed(Forum, forum_id, problems=problems),
    )
    act.session.add(forum)
    await act.happened("forum.recorded", resource_type="forum", resource_id=forum.id)
    return forum_shown(act, forum)


def _forum_faults(act: Act, body: ForumBody, directory: Directory) -> Iterator[FieldError]:
    """What is wrong with a meeting: partners and services that nobody knows, and who came to a meeting to come."""
    for name in ("invited", "attended"):
        for place, code in enumerate(getattr(body, name)):
            if code not in directory.partners:
                yield FieldError("code.unknown", f"/{name}/{place}", "The directory has no such partner.")
    for place, one in enumerate(body.problems):
        if one.service is not None and one.service not in directory.services:
            yield FieldError(
                "code.unknown", f"/problems/{place}/service", "The directory has no such service."
            )
    if body.held_on > london_day(act.now) and (body.attended or body.problems):
        yield FieldError("date.future", "/held_on", "Nobody has come to a meeting that is still to be.")


async def keep_insight(act: Act, body: InsightBody) -> InsightAnswer:
    """Keep what somebody learnt. Raises Invalid, Forbidden."""
    insight_id = new_id()
    insight = Insight(
        id=insight_id,
        community=_community(act, body.community),
        told_on=body.on,
        age=body.audience.age,
        need=body.audience.need,
        theme=body.theme,
        recorded_at=act.now,
        recorded_by=act.caller.client,
        **act.sealed(Insight, insight_id, text=body.text),
    )
    act.session.add(insight)
    await act.happened("insight.recorded", resource_type="insight", resource_id=insight.id)
    return insight_shown(act, insight)


async def record_training(act: Act, body: TrainingBody) -> TrainingAnswer:
    """Record a training that was given, and who completed it. Raises Invalid, Forbidden."""
    training = Training(
        id=new_id(),
        topic=body.topic,
        begun_on=body.date,
        days=body.days,
        community=_community(act, body.community),
        schools=known_schools(act, body.schools),
        recorded_at=act.now,
        recorded_by=act.caller.client,
    )
    act.session.add(training)
    await act.session.flush()  # its places refer to it
    places = [
        TrainingPlaces(
            id=new_id(),
            training_id=training.id,
            org_kind=one.org_kind,
            completed=one.completed,
            counted_month=Month.of(body.date).first_day,
            counted_place=training.community,
        )
        for one in body.places
    ]
    act.session.add_all(places)
    for one in places:
        await record_fact_event(act.session, topic=TRAINED_TOPIC, subject=one.id)
    await act.happened("training.recorded", resource_type="training", resource_id=training.id)
    return training_shown(training, places)


async def list_forums(act: Act, *, community: str | None, paging: Pager) -> Page[ForumAnswer]:
    """A page of the meetings with partners. Raises Invalid, Forbidden."""
    rows = await told_here(act, Forum, community=_named(act, community), paging=paging)
    return paging.page(rows, shown=lambda one: forum_shown(act, one), at=lambda one: [str(one.id)])


async def list_insights(act: Act, *, community: str | None, paging: Pager) -> Page[InsightAnswer]:
    """A page of insights. Raises Invalid, Forbidden."""
    rows = await told_here(act, Insight, community=_named(act, community), paging=paging)
    return paging.page(rows, shown=lambda one: insight_shown(act, one), at=lambda one: [str(one.id)])


async def list_trainings(act: Act, *, community: str | None, paging: Pager) -> Page[TrainingAnswer]:
    """A page of trainings. Raises Invalid, Forbidden."""
    rows = await told_here(act, Training, community=_named(act, community), paging=paging)
    places = await places_of(act, [one.id for one in rows])
    return paging.page(
        rows, shown=lambda one: training_shown(one, places[one.id]), at=lambda one: [str(one.id)]
    )


def _named(act: Act, community: str | None) -> str | None:
    """The community that a reader asks for; a group by who covers all its ICCs. Raises Invalid, Forbidden."""
    if community is None:
        return None
    (place,) = known_communities(act, (community,), pointer="/community")
    check_covers(act, iccs_under(place, registry=act.registry, on=london_day(act.now)) or [place])
    return place


def forum_shown(act: Act, forum: Forum) -> ForumAnswer:
    """A meeting as it is told."""
    problems = orjson.loads(act.opened(forum, "problems") or "[]")
    return ForumAnswer(
        id=forum.id,
        community=forum.community,
        held_on=forum.held_on,
        invited=forum.invited,
        attended=forum.attended,
        problems=[RaisedProblemAnswer.model_validate(one) for one in problems],
    )


def insight_shown(act: Act, insight: Insight) -> InsightAnswer:
    """An insight as it is told."""
    return InsightAnswer(
        id=insight.id,
        community=insight.community,
        on=insight.told_on,
        audience=AudienceAnswer.model_validate({"age": insight.age, "need": insight.need}),
        theme=insight.theme,
        text=act.opened(insight, "text") or "",
    )


def training_shown(training: Training, places: Sequence[TrainingPlaces]) -> TrainingAnswer:
    """A training as it is told."""
    return TrainingAnswer(
        id=training.id,
        topic=training.topic,
        date=training.begun_on,
        days=training.days,
        community=training.community,
        schools=training.schools,
        places=[
            TrainingPlaceAnswer.model_validate({"org_kind": one.org_kind, "completed": one.completed})
            for one in sorted(places, key=lambda one: one.org_kind)
        ],
    )
