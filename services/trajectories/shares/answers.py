"""Versions and what is in force, as a caller may see them."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import repeat
from math import gcd
from typing import Any

from services.trajectories.bay_trajectories.tables import BayTrajectory
from services.trajectories.performance.rules.audience import Sight
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.shares.in_force import Part
from services.trajectories.shares.queries import ShareRow
from services.trajectories.shares.rules.shown import Meant, ShownShares, is_hidden, shown_integer
from services.trajectories.shares.schemas import (
    ExplanationAnswer,
    PracticePart,
    Share,
    VersionAnswer,
)
from services.trajectories.shares.tables import TrajectoryVersion
from shared.http.answers import json_bytes
from shared.months import Month, month_range
from shared.registry.selection import Selection

ZERO_SUM = "One community's smaller share makes every other's larger: shares are parts of one whole."
FOLLOWS = (
    "The share follows the activity each quarter, so a real change melts into the trajectory; "
    "`basis=frozen:YYYY-MM` holds the shares still."
)


def item_exactly(place: Selection, part: Part) -> dict[str, Any]:
    """A month of the trajectory, as `InForceItem`, for whoever sees true figures of the place in it; and one of which there is no share."""
    item: dict[str, Any] = {
        "month": str(part.month),
        "exact": None,
        "integer": part.integer,
        "reason": part.reason,
        "community": place.token,
        "share": None,
        "version": None if part.version is None else part.version.id,
    }
    if part.numerator is not None and part.total:
        item["share"] = {"numerator": part.numerator, "denominator": part.total}
        item["exact"] = None if part.bay is None else quotient(part.numerator * part.bay, part.total)
    return item


def item_shown(
    place: Selection, part: Part, shares: ShownShares, rows: Iterable[str], *, policy: Policy
) -> dict[str, Any]:
    """A month of the trajectory for everybody else. shares: what the version shows.   rows: the place's."""
    item = item_exactly(place, part) | {"share": None, "exact": None, "integer": None}
    counted = shares.part(rows)
    if counted is None or part.bay is None:
        return item
    hidden = is_hidden(policy, counted) or not shares.total
    percent = None if hidden else round(float(100 * Fraction(counted.shown) / shares.total), 1)
    integer = shown_integer(policy, [Meant(counted, shares.total, part.bay)])
    share = {"numerator": None, "denominator": None, "percent": percent}
    return item | {"share": share, "integer": integer, "suppressed": integer is None}


def whole_version(
    version: TrajectoryVersion,
    shares: Iterable[ShareRow],
    plan: BayTrajectory,
    *,
    sight: Sight,
    places: Geography,
) -> bytes:
    """A version with the places that the caller sees exactly, as `WholeVersionAnswer`; its total where they are all."""
    months = month_range(Month.of(version.effective_from), Month.of(version.last_month))
    everything = sorted(shares, key=lambda one: (one.community, one.kind, one.place))
    shown = everything
    if not sight.of_everything:
        shown = [one for one in everything if sight.exactly(selection_of(one, places), months[0])]
    planned = [(str(month), plan.months.get(str(month))) for month in months]
    return json_bytes(
        {
            **VersionAnswer.of(version).model_dump(mode="json", by_alias=True),
            "sources": version.sources,
            "total": version.total if len(shown) == len(everything) else None,
            "places": [_place(one, version.total, planned) for one in shown],
        }
    )


def selection_of(share: ShareRow, places: Geography) -> Selection:
    """The place of a row of a version."""
    if share.kind == "practice":
        return Selection(share.place, "practice", share.place, "practice")
    return places.select(share.place)


def explained(
    place: Selection,
    part: Part,
    version: TrajectoryVersion,
    practices: Sequence[ShareRow],
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
        exact=None if part.exact is None else str(part.exact),
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
                exact=None
                if part.bay is None or not version.total
                else quotient(one.numerator * part.bay, version.total),
                integer=None if one.integers is None else one.integers[at],
            )
            for one in practices
        ],
    )


def _place(share: ShareRow, total: int, planned: Sequence[tuple[str, int | None]]) -> dict[str, Any]:
    """A place of a version, as `PlaceOfVersion`. planned: months with the plan's units of the whole."""
    integers = repeat(None, len(planned)) if share.integers is None else share.integers
    return {
        "place": share.place,
        "kind": share.kind,
        "community": share.community,
        "share": {"numerator": share.numerator, "denominator": total} if total else None,
        "months_seen": share.months_seen,
        "estimated": share.estimated,
        "months": [
            {
                "month": month,
                "exact": None if bay is None or not total else quotient(share.numerator * bay, total),
                "integer": integer,
                "reason": None if total else "undefined-share",
            }
            for (month, bay), integer in zip(planned, integers, strict=True)
        ],
    }


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


def quotient(upper: int, lower: int) -> str:
    """A fraction in its lowest terms as `1703/24`; a whole number without its 1."""
    common = gcd(upper, lower)
    return str(upper // common) if common == lower else f"{upper // common}/{lower // common}"
