"""What follows if a file's figures are taken: what they supersede, what stays, and what its sender should know of both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.feeds.declarations import Feed
from services.outcomes.feeds.exchange import ParsedFile
from services.outcomes.submissions.comparing import Change, by_part, changes_of, months_beside, repeated
from services.outcomes.submissions.queries import figures_in_force, standing_submissions, sums_beside
from services.outcomes.submissions.rules import (
    Part,
    Standing,
    communities_of,
    differing_totals,
    left_out,
    spoken_of,
    unspoken,
    withdrawn_in_vain,
)
from shared.months import Month
from shared.registry import Registry


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a file takes over. parts: the tables and months that it speaks of or withdraws.

    older: what stands for them and was received before the file.   newer: what was received after it and stays before it.
    changes: the figures that it changes in what was received before, None where nothing was.
    """

    parts: frozenset[Part]
    older: list[Standing]
    newer: list[Standing]
    warnings: list[dict[str, Any]]
    changes: list[Change] | None

    @property
    def superseded(self) -> list[UUID]:
        """Every submission of which something goes out of force, the one received last at the end."""
        return list(dict.fromkeys(one.submission for one in self.older))


async def consequences_of(
    session: AsyncSession,
    council: str,
    parsed: ParsedFile,
    *,
    feed: Feed,
    registry: Registry,
    withdrawn: Sequence[Month],
    received: tuple[datetime, UUID] | None = None,
) -> Consequences:
    """What a file without errors takes over. withdrawn: the months that its sender takes out of force.

    received: when the file came and its submission; None for one that would come now.
    """
    period = parsed.period
    if period is None:
        raise ValueError("a file without errors is about a period")
    spoken = spoken_of(feed, parsed.figures)
    parts = spoken | {(table, month) for table in parsed.tables for month in withdrawn}
    months = {*period.months, *withdrawn}
    standing = await standing_submissions(session, feed, months, tables=parsed.tables, council=council)
    touched = [one for one in standing if one.part in parts]
    newer = [one for one in touched if received and (one.received_at, one.submission) > received]
    older = [one for one in touched if one not in newer]
    sums = await sums_beside(session, council, parsed, feed, parts=parts)
    given = by_part(parsed.figures)
    beside = {*months, *months_beside(period)}
    stands = await figures_in_force(session, feed, council, tables=parsed.tables, months=beside)
    taken = {one.part for one in older} - {one.part for one in newer}
    return Consequences(
        frozenset(parts),
        older,
        newer,
        [
            *differing_totals(feed, sums),
            *left_out(
                feed,
                parsed.figures,
                [one for one in older if one.part in spoken],
                communities_of(registry),
            ),
            *unspoken(feed, period, parsed.tables, parts=parts, standing=standing),
            *withdrawn_in_vain(withdrawn, parts=spoken, standing=standing),
            *repeated(feed, period, given, stands),
        ],
        list(changes_of(feed, given, stands, parts=taken)) if taken else None,
    )
