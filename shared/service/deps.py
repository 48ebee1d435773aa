"""What a route may ask for in its signature: the session, the time, the platform, the key for repeats."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.idempotency.keys import key_of
from shared.service.platform import Platform
from shared.work.after_commit import noted_nudges


async def platform_of(request: Request) -> Platform:
    """The platform of the running application."""
    platform: Platform = request.app.state.platform
    return platform


PlatformOf = Annotated[Platform, Depends(platform_of)]


async def open_session(request: Request) -> AsyncIterator[AsyncSession]:
    """One transaction for one request: committed before the answer leaves, then its nudges are rung."""
    platform: Platform = request.app.state.platform
    async with platform.database.transaction() as session:
        yield session
    # Only now: a worker that is rung before the commit finds nothing.
    platform.nudges.ring(noted_nudges(session))


# scope="function": the default commits after the answer has left, and a failed commit would still have said 200.
Session = Annotated[AsyncSession, Depends(open_session, scope="function")]


async def _now(request: Request) -> datetime:
    platform: Platform = request.app.state.platform
    return platform.clock()


Clock = Annotated[datetime, Depends(_now)]
"""The time of the request, aware and in UTC."""


async def _key(request: Request) -> str | None:
    return key_of(request)


IdempotencyKey = Annotated[str | None, Depends(_key)]
"""The key under which a repeat is recognised, None when the request has none."""
