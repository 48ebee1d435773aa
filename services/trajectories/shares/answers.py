"""Versions and what is in force, as a caller may see them."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from services.trajectories.bay_trajectories.tables import BayTrajectory
from services.trajectories.performance.rules.audience import Sight
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.shares.in_force import Part
from services.trajectories.shares.schemas import (
    ExplanationAnswer,
    InForceItem,
    MonthOfPlace,
    PlaceOfVersion,
    PracticePart,
    Share,
    VersionAnswer,
    WholeVersionAnswer,
    share_of,
)
from services.trajectories.shares.tables import TrajectoryShare, TrajectoryVersion
from shared.months import Month, month_range
from shared.registry.selection import Selection

ZERO_SUM = "One community's smaller share makes every other's larger: shares are parts of one whole."
FOLLOWS = (
    "The share follows the activity each quarter, so a real change melts into the trajectory; "
    "`basis=frozen:YYYY-MM` holds the shares still."
)


def item_shown(place: Selection, part: Part, *, exact: bool, policy: Policy) -> InForceItem:
    """A month of the trajectory. exact: whether the caller sees true figures of the place in it."""
    version = None if part.version is None else part.version.id
    item = InForceItem(
        month=str(part.month),
        community=place.token,
        share=None,
        exact=None,
        integer=part.integer,
        version=version,
        reason=part.reason,
    )
    if part.numerator is None or not part.total:
        return item
    if exact:
        share = Share(numerator=part.numerator, denominator=part.total)
        return item.model_copy(update={"share": share, "exact": _text(part.exact)})
    hidden = part.integer is not None and policy.hides(part.integer)
    shown = None if hidden or part.integer is None else policy.rounded(part.integer)
    percent = round(float(Fraction(100 * part.numerator, part.total)), 1)
    share = Share(numerator=None, denominator=None, percent=percent)
    return item.model_copy(update={"share": share, "integer": shown, "suppressed": hidden})


def whole_version(
    version: TrajectoryVersion,
    shares: Iterable[TrajectoryShare],
    plan: BayTrajectory,
    *,
    sight: Sight,
    places: Geography,
) -> WholeVersionAnswer:
    """A version with the places that the caller sees exactly; its total where they are all."""
    months = month_range(Month.of(version.effective_from), Month.of(version.last_month))
    everything = sorted(shares, key=lambda one: (one.community, one.kind, one.place))
    shown = [one for one in everything if sight.exactly(selection_of(one, places), months[0])]
    return WholeVersionAnswer(
        **VersionAnswer.of(version).model_dump(),
        sources=version.sources,
        total=version.total if len(shown) == len(everything) else None,
        places=[_place(one, version, plan, months) for one in shown],
    )


def selection_of(share: TrajectoryShare, places: Geography) -> Selection:
    """The place of a row of a version."""
    if share.kind == "practice":
        return Selection(share.place, "practice", share.place, "practice")
    return places.select(share.place)


def explained(
    place: Selection,
    part: Part,
    version: TrajectoryVersion,
    practices: Sequence[TrajectoryShare],
    plan: BayTrajectory,
    names: Mapping[str, str],
) -> ExplanationAnswer:
    """How a figure came about. practices: the rows of the place.   names: of practices by code."""
    at = part.month - Month.of(version.effective_from)
    return ExplanationAnswer(
        measure=version.measure,
        community=place.token,
        month=str(part.month),
        sentence=_sentence(part),
        share=None if not part.total else Share(numerator=part.numerator, denominator=part.total),
        exact=_text(part.exact),
        integer=part.integer,
        reason=part.reason,
        bay={"trajectory": part.bay, "id": str(plan.id), "year": plan.year, "version": plan.version},
        version=VersionAnswer.of(version),
        sources=version.sources,
        practices=[
            PracticePart(
                practice=one.place,
                name=names.get(one.place),
                share=Share(numerator=one.numerator, denominator=version.total or None),
                months_seen=one.months_seen,
                estimated=one.estimated,
                exact=_text(_exact(one, version, part.bay)),
                integer=None if one.integers is None else one.integers[at],
            )
            for one in practices
        ],
    )


def _place(
    share: TrajectoryShare, version: TrajectoryVersion, plan: BayTrajectory, months: Sequence[Month]
) -> PlaceOfVersion:
    return PlaceOfVersion(
        place=share.place,
        kind="community" if share.kind == "community" else "practice",
        community=share.community,
        share=share_of(share, version.total),
        months_seen=share.months_seen,
        estimated=share.estimated,
        months=[
            MonthOfPlace(
                month=str(month),
                exact=_text(_exact(share, version, plan.months.get(str(month)))),
                integer=None if share.integers is None else share.integers[at],
                reason=None if version.total else "undefined-share",
            )
            for at, month in enumerate(months)
        ],
    )


def _exact(share: TrajectoryShare, version: TrajectoryVersion, bay: int | None) -> Fraction | None:
    return None if bay is None or not version.total else Fraction(share.numerator * bay, version.total)


def _sentence(part: Part) -> str:
    """The rule in the words of the report."""
    if part.numerator is None or not part.total or part.bay is None:
        return "There is no share: nothing is known of this place in the window."
    percent = float(Fraction(100 * part.numerator, part.total))
    whole = "" if part.integer is None else f"; in whole numbers {part.integer:,}"
    exact = float(part.exact or 0)
    return (
        f"{part.numerator:,} of {part.total:,} is {percent:.2f} %, "
        f"and of {part.bay:,} that is {exact:,.2f}{whole}."
    )


def _text(value: Fraction | None) -> str | None:
    """A fraction as `1703/24`; a whole number without its 1."""
    return None if value is None else str(value)
