"""Whom to wake once a transaction has been committed: noted in its session by actions, rung by whoever commits.

A bell that is rung before the commit wakes a worker that finds nothing.
"""

from sqlmodel.ext.asyncio.session import AsyncSession

_KEY = "nudges"


def note_nudge(session: AsyncSession, topic: str) -> None:
    """Let a topic be rung when this session's transaction has been committed."""
    session.info.setdefault(_KEY, set()).add(topic)


def noted_nudges(session: AsyncSession) -> set[str]:
    """The topics noted so far, for `Nudges.ring`; the session forgets them."""
    topics: set[str] = session.info.pop(_KEY, set())
    return topics
