"""Where every practice counts on a version's first day, and until when it reports by itself. Pure."""

from services.trajectories.shares.rules.drafting import Standing
from services.trajectories.shares.rules.windows import Activity
from shared.months import Month
from shared.registry.registry import Registry


def standings_on(registry: Registry, activity: Activity, month: Month) -> dict[str, Standing]:
    """The practices that count in the system on the first day of a month: those with activity, and the open ones.

    History follows the successor and moves with the practice; what lies outside the system is no part of the whole.
    """
    on = month.first_day
    open_practices = (one.code for one in registry.file.practices if one.holds(on))
    found = {}
    for code in sorted({*activity, *open_practices}):
        if registry.practice(code) is not None:
            carrier = registry.carrier_of(code, on)
            found[code] = Standing(carrier, registry.icc_of_practice(carrier, on))
        elif code == registry.unassigned:
            found[code] = Standing(code, code)
    return {code: one for code, one in found.items() if one.community != registry.outside}


def ends_of_reporting(registry: Registry, activity: Activity) -> dict[str, Month]:
    """The month from which nothing is expected of a practice: it has closed, or a successor reports for it."""
    ends = {}
    for code in activity:
        practice = registry.practice(code)
        if practice is None:
            continue
        days = [] if practice.successor is None else [Month.of(practice.successor.from_day)]
        if practice.valid_to is not None:
            days.append(Month.of(practice.valid_to) + 1)
        if days:
            ends[code] = min(days)
    return ends


def communities_on(registry: Registry, month: Month) -> list[str]:
    """The communities that have a row in a version, and the line of practices without one."""
    on = month.first_day
    counted = [one.slug for one in registry.communities(on) if registry.counts_as_icc(one.slug, on)]
    return [*counted, registry.unassigned]
