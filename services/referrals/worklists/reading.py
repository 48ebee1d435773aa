"""A page of a list as its reader is told of it, for the interface and for the pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.referrals.records.scope import WORK
from services.referrals.worklists.actions import read_list, services_on
from services.referrals.worklists.answers import Reading, item_shown
from services.referrals.worklists.queries import Wanted
from services.referrals.worklists.rules import measures_unknown, today_ends
from shared.auth.caller import Caller
from shared.service.paging import Page, Pager
from shared.service.platform import Platform


@dataclass(frozen=True, slots=True)
class ListShown:
    """A page of a list, the counts of the whole, and what the list may lack."""

    page: Page[dict[str, Any]]
    counts: Mapping[str, Mapping[str, int]]
    warnings: tuple[Mapping[str, str], ...]


async def show_list(
    platform: Platform, wanted: Wanted, *, caller: Caller, pager: Pager, now: datetime
) -> ListShown:
    """What the caller is told of a list. Raises BadRequest for a foreign cursor."""
    before = pager.after()
    after = None if before is None else (str(before[0]), str(before[1]))
    found = await read_list(platform, wanted, caller=caller, limit=pager.limit, after=after, now=now)
    reading = Reading(
        keyring=platform.keyring,
        now=now,
        today=wanted.day,
        today_ends=today_ends(now),
        listed=wanted.listed,
        in_full=caller.has(WORK),
        services=await services_on(platform, found),
    )
    page = pager.page(
        found.rows,
        shown=lambda row: item_shown(row, reading),
        at=lambda row: ["infinity" if row["due"] is None else row["due"].isoformat(), str(row["id"])],
    )
    since = found.measures_since
    return ListShown(page, found.counts, () if since is None else (measures_unknown(since),))
