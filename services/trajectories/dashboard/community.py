"""A community's page: its people, every measure with a figure, its targets and plan, and what was said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from services.trajectories.annual_plans.queries import plans_listed
from services.trajectories.annual_plans.rules import CORE_FUNCTIONS, year_of
from services.trajectories.annual_plans.schemas import Objective, Post
from services.trajectories.annual_plans.tables import AnnualPlan
from services.trajectories.commentaries import queries as commentaries
from services.trajectories.commentaries.tables import Commentary
from services.trajectories.dashboard.figures import Figure, figure_of
from services.trajectories.dashboard.glance import newest_of
from services.trajectories.dashboard.quality import Quality, quality_of
from services.trajectories.dashboard.rules import HEADLINES, month_words, notice_in, number_words
from services.trajectories.dashboard.schemas import CommunityQuery
from services.trajectories.dashboard.waiting import Waiting, waiting_of
from services.trajectories.matrix.readings import Asked, Matrix, matrix_of, understand_matrix
from services.trajectories.matrix.schemas import MatrixQuery
from services.trajectories.performance.current import covers, sight_of
from services.trajectories.performance.reporting import Reporting
from services.trajectories.profiles.queries import standing_profile
from services.trajectories.profiles.schemas import ProfileAnswer
from services.trajectories.targets import queries as targets
from services.trajectories.targets.readings import sees_target, with_progress
from shared.auth.caller import Caller
from shared.months import Month, month_range
from shared.problems import NotFound
from shared.registry.descriptions import describe_place
from shared.registry.schemas import PlaceAnswer
from shared.registry.selection import Selection
from shared.service.acting import Act
from shared.service.browsing.guard import PUBLIC

_TARGETS, _COMMENTARIES = 20, 6
_MONTHS_OFFERED = 36
_READS_PLANS = "reports.read"


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A target that stands. href: the page of its measure."""

    title: str
    href: str
    period: str
    target: str
    current: str
    hidden: bool
    progress: str


@dataclass(frozen=True, slots=True)
class ObjectiveLine:
    """An objective of the plan with the core function it serves, in words. measure: the title of its own, empty for none."""

    function: str
    measure: str
    objective: Objective


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan that stands, in words. workforce: the posts it funds."""

    year: str
    status: str
    objectives: tuple[ObjectiveLine, ...]
    workforce: tuple[Post, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """What is written of a community, as far as the caller may read it. targets: the newest period first."""

    profile: ProfileAnswer | None
    plan: Plan | None
    targets: tuple[TargetLine, ...]
    commentaries: tuple[Commentary, ...]

    @property
    def targets_now(self) -> list[TargetLine]:
        """Of each measure the newest target that has a figure, and the one that comes after it."""
        return [line for lines in self._by_measure() for line in lines[slice(*_now(lines))]]

    @property
    def other_targets(self) -> list[TargetLine]:
        """The rest: those that lie further back or ahead."""
        now = set(self.targets_now)
        return [line for line in self.targets if line not in now]

    def _by_measure(self) -> list[list[TargetLine]]:
        found: dict[str, list[TargetLine]] = {}
        for line in self.targets:
            found.setdefault(line.title, []).append(line)
        return list(found.values())


def _now(lines: Sequence[TargetLine]) -> tuple[int, int]:
    """From where to where lines, the newest first, are about now: the newest with a figure and the one after it."""
    known = next((at for at, line in enumerate(lines) if line.current or line.hidden), len(lines) - 1)
    return max(known - 1, 0), known + 1


NOTHING = Beside(None, None, (), ())


@dataclass(frozen=True, slots=True)
class CommunityPage:
    """All that a community's page shows. figures: concern first, then the headlines.   attention: concerns, then what is behind its trajectory, the furthest first.   about: the registry's answer."""

    about: PlaceAnswer
    reference: Month
    figures: tuple[Figure, ...]
    attention: tuple[Figure, ...]
    parent: tuple[str, str] | None
    within: tuple[tuple[str, str], ...]
    months: tuple[tuple[str, str], ...]
    as_at: str | None
    published: bool
    notice: str | None
    matrix: Matrix
    quality: Quality
    waiting: Waiting | None

    @property
    def taken(self) -> str:
        """The parameters of the table of its figures that is taken away."""
        keys = ",".join(dict.fromkeys(row.series.measure.key for row in self.matrix.rows if row.point))
        return urlencode({"community": self.about.slug, "measures": keys, "reference": self.reference})


async def community_page(act: Act, slug: str, query: CommunityQuery, reporting: Reporting) -> CommunityPage:
    """What the page shows of a community of any level. Raises NotFound, and what the matrix raises."""
    places, until = reporting.places, Month.of(act.now)
    place = places.registry.find(slug)
    if place is None or place.kind not in {"community", "line"} or place.level == "line":
        raise NotFound
    sight = sight_of(act.caller, places)
    newest = await newest_of(reporting, sight, until) or until
    asked = _asked(place, query.reference or str(newest), reporting, act)
    matrix = await matrix_of(asked, reporting, sight, act.now)
    rows = [row for row in matrix.rows if row.point is not None]
    figures = {
        row.series.measure.key: figure_of(row, asked.first, asked.reference, reporting) for row in rows
    }
    concerns = [row.series.measure.key for row in rows if _is_concern(figures[row.series.measure.key])]
    behind = sorted((key for key, one in figures.items() if one.behind), key=lambda key: -figures[key].behind)
    ordered = dict.fromkeys((*concerns, *(key for key in HEADLINES if key in figures), *figures))
    about = describe_place(places.registry, place, asked.reference.first_day)
    return CommunityPage(
        about=about,
        reference=asked.reference,
        figures=tuple(figures[key] for key in ordered),
        attention=tuple(figures[key] for key in dict.fromkeys((*concerns, *behind))),
        parent=None if about.parent is None else (about.parent, _name(about.parent, reporting)),
        within=tuple((child, _name(child, reporting)) for child in about.children),
        months=tuple(
            (str(month), month_words(month))
            for month in month_range(newest - (_MONTHS_OFFERED - 1), newest)[::-1]
        ),
        as_at=matrix.as_at,
        published=matrix.protecting is not None or not (rows or sight.exactly(place, asked.reference)),
        notice=notice_in(row.series for row in matrix.rows),
        matrix=matrix,
        quality=quality_of(
            [row.series for row in rows], place.level, reporting.catalogue, noted=act.caller.client != PUBLIC
        ),
        waiting=await waiting_of(place, asked.reference, reporting, sight, act.now),
    )


async def beside_community(act: Act, slug: str, reference: Month, reporting: Reporting) -> Beside:
    """Profile, plan, targets and commentaries, as far as the caller may read them by the interface."""
    place = reporting.places.registry.resolve(slug)
    plans = act.caller.has(_READS_PLANS)
    return Beside(
        profile=await _profile(act, place, reporting) if plans else None,
        plan=await _plan(act, place, reporting) if plans else None,
        targets=await _targets(act, place, reference, reporting),
        commentaries=await _commentaries(act, place, reporting),
    )


def _asked(place: Selection, reference: str, reporting: Reporting, act: Act) -> Asked:
    query = MatrixQuery.model_validate(
        {"community": place.token, "level": place.level, "reference": reference, "format": "json"}
    )
    return understand_matrix(query, reporting, now=act.now, accept="")


def _name(slug: str, reporting: Reporting) -> str:
    return reporting.places.name_of(reporting.places.registry.resolve(slug))


def _is_concern(figure: Figure) -> bool:
    return figure.mark.tone == "concern"


async def _profile(act: Act, place: Selection, reporting: Reporting) -> ProfileAnswer | None:
    if not _covers(act.caller, place, [Month.of(act.now)], reporting):
        return None
    return await standing_profile(act.session, place.token)


async def _plan(act: Act, place: Selection, reporting: Reporting) -> Plan | None:
    def sees(row: AnnualPlan) -> bool:
        year = year_of(row.year)
        return year is not None and _covers(act.caller, place, year.months, reporting)

    rows = await plans_listed(
        act.session, communities=[place.token], year=None, status=None, sees=sees, before=None, limit=_TARGETS
    )
    if not rows:
        return None
    newest = max(rows, key=lambda row: row.year)
    objectives = [Objective.model_validate(one) for one in newest.objectives]
    return Plan(
        newest.year,
        newest.status,
        tuple(_objective_line(one, reporting) for one in objectives),
        tuple(Post.model_validate(one) for one in newest.workforce),
    )


def _objective_line(objective: Objective, reporting: Reporting) -> ObjectiveLine:
    named = objective.measure if isinstance(objective.measure, str) else ""
    measure = reporting.catalogue.get(named)
    return ObjectiveLine(_function_words(objective), "" if measure is None else measure.title, objective)


def _function_words(objective: Objective) -> str:
    if objective.core_function in CORE_FUNCTIONS:
        return CORE_FUNCTIONS[objective.core_function]
    return objective.local if isinstance(objective.local, str) else "Local innovation"


def _covers(caller: Caller, place: Selection, months: Sequence[Month], reporting: Reporting) -> bool:
    return covers(caller, reporting.places, place, months)


async def _targets(
    act: Act, place: Selection, reference: Month, reporting: Reporting
) -> tuple[TargetLine, ...]:
    """The targets that stand, the newest period first."""
    sight = sight_of(act.caller, reporting.places)
    rows = await targets.targets_listed(
        act.session,
        targets.Wanted(communities=[place.token]),
        sees=lambda row: row.superseded_by is None and sees_target(row, sight, reporting),
        before=None,
        limit=_TARGETS,
    )
    answers = await with_progress(act, reporting, rows)
    lines = []
    for row in sorted(rows, key=lambda one: one.month, reverse=True):
        answer, measure = answers[row.id], reporting.catalogue.get(row.measure)
        if measure is None:
            continue
        current = answer.current
        lines.append(
            TargetLine(
                title=measure.title,
                href=f"/measures/{measure.key}?community={place.token}&reference={reference}",
                period=answer.period,
                target=number_words(answer.target, measure) or "not known yet",
                current=number_words(None if current is None else current.value, measure),
                hidden=current is not None and current.suppressed,
                progress=answer.progress or "",
            )
        )
    return tuple(lines)


async def _commentaries(act: Act, place: Selection, reporting: Reporting) -> tuple[Commentary, ...]:
    sight = sight_of(act.caller, reporting.places)
    return tuple(
        await commentaries.commentaries_listed(
            act.session,
            commentaries.Wanted(communities=[place.token]),
            sees=lambda row: commentaries.sees_commentary(row, sight, reporting.places),
            before=None,
            limit=_COMMENTARIES,
        )
    )
