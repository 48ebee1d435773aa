"""What an entry of the Atom feed says of a signal. It holds no figure."""

from typing import Final
from urllib.parse import urlencode

from services.trajectories.measures.catalogue import Catalogue
from services.trajectories.performance.rules.places import Geography
from services.trajectories.signal_feed.rules import MONTHS
from services.trajectories.signals.tables import PerformanceSignal
from shared.http.atom import Entry, FeedHead
from shared.months import Month

HEAD: Final = FeedHead(
    "performance/signals", "Performance: special causes and trajectories", "ICC platform, trajectories"
)
_TOLD: Final = {
    "performance.special-cause": "a special cause",
    "trajectory.above-two-months": "above the trajectory for two months",
    "trajectory.drafted": "trajectories from this month on are drafted and wait for approval",
    "trajectory.approved": "trajectories from this month on are approved",
}
_VARIATIONS: Final = {
    "concern": "for concern",
    "improvement": "of improvement",
    "neutral": "neither good nor bad",
}
_BASES: Final = {None: "", "exact": " From exact figures.", "published": " From published figures."}


def entry_of(one: PerformanceSignal, *, catalogue: Catalogue, places: Geography) -> Entry:
    """A signal. A measure or place that is declared no more goes by its key."""
    measure, place = catalogue.get(one.measure), places.registry.find(one.place)
    named = place and places.name_of(place)
    month = Month.of(one.month)
    title = (
        f"{measure.title if measure else one.measure}, {named or one.place}, {one.month:%B %Y}: {_told(one)}"
    )
    return Entry(
        id=one.id,
        title=title,
        at=one.at,
        categories=[
            *(("kind", kind) for kind in one.kinds),
            ("measure", one.measure),
            ("community", one.place),
            ("month", str(month)),
        ],
        links=[("alternate", _address(one, month))],
        summary=f"{title}.{_BASES[one.basis]}",
    )


def _told(one: PerformanceSignal) -> str:
    told = [_TOLD[kind] for kind in one.kinds]
    if one.variation is not None:
        quality, _, side = one.variation.partition("-")
        told[0] += f" {_VARIATIONS[quality]}, {side}"
    return "; ".join(told)


def _address(one: PerformanceSignal, month: Month) -> str:
    """Where the chart of the signal stands, or the version."""
    if one.version_id is not None:
        return f"/v1/trajectory-versions/{one.version_id}"
    asked = {
        "measure": one.measure,
        "community": one.place,
        "from": str(month - (MONTHS - 1)),
        "to": str(month),
        "include": "spc,trajectory,target",
    }
    return f"/v1/performance?{urlencode(asked)}"
