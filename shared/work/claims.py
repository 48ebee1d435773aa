"""The life of a work row: added, claimed under a lease, kept alive, finished or given back. All clocks are the database's.

`attempt` is the fence: it grows with each claim, and every later change names it. A worker that was stopped past its
lease and woken finds its attempt gone and changes nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.ids import new_id
from shared.work.nudges import note_nudge

MAX_CRASHES = 3

_ADD = text("""
    insert into work (id, kind, subject) values (:id, :kind, :subject)
    on conflict (kind, subject) do nothing
""")
_CLAIM = text("""
    update work set state = 'processing', attempt = attempt + 1, worker = :worker, updated_at = now(),
           crashes = crashes + (state = 'processing')::int, lease_until = now() + :lease
     where id = (
        select id from work
         where kind = any(:kinds) and (
               (state = 'received' and due_at <= now()) or (state = 'processing' and lease_until < now()))
         order by due_at limit 1 for update skip locked)
    returning id, kind, subject, attempt, crashes
""")
_HOLD = "where id = :id and attempt = :attempt and state = 'processing'"
_EXTEND = text(f"update work set lease_until = now() + :lease {_HOLD}")  # noqa: S608 -- a constant of this module
_PROGRESS = text(f"update work set progress = :progress, updated_at = now() {_HOLD}")  # noqa: S608 -- as above
_FINISH = text(f"""
    update work set state = 'done', progress = 1, lease_until = null, error = null, updated_at = now() {_HOLD}
""")  # noqa: S608 -- as above
_RETRY = text(f"""
    update work set state = 'received', due_at = now() + :delay, lease_until = null, error = :error,
           updated_at = now() {_HOLD}
""")  # noqa: S608 -- as above
_PARK = text(f"""
    update work set state = 'failed', lease_until = null, error = :error, updated_at = now() {_HOLD}
""")  # noqa: S608 -- as above

_REVIVE = text("""
    update work set state = 'received', crashes = 0, due_at = now(), error = null, updated_at = now()
     where id = :id and state = 'failed' returning id
""")

FORGET_DONE = """
    delete from work where id in (
        select id from work where state = 'done' and updated_at < now() - make_interval(days => $1) limit $2
        for update skip locked)
"""
"""For `prune_batch`: a row that is done tells only how busy a worker was; what was set aside stays."""


class FencedError(Exception):
    """The row was claimed by somebody else meanwhile: this attempt may change nothing any more."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A work row held by this process. `attempt` fences every change made under it."""

    id: UUID
    kind: str
    subject: UUID
    attempt: int
    crashes: int

    @property
    def fence(self) -> dict[str, object]:
        """The parameters that name the row and this attempt on it."""
        return {"id": self.id, "attempt": self.attempt}


async def add_work(session: AsyncSession, *, kind: str, subject: UUID) -> None:
    """Ask for `kind` to be done about `subject`, in the caller's transaction; once for each pair, by constraint.

    The worker is nudged after the commit. A lost nudge costs a sweep's wait, not the work.
    """
    connection = await session.connection()
    await connection.execute(_ADD, {"id": new_id(), "kind": kind, "subject": subject})
    note_nudge(session, "work")


async def claim(
    connection: AsyncConnection, *, kinds: list[str], worker: str, lease: timedelta
) -> Claim | None:
    """Take the longest-due row of these kinds, a fresh one or one whose holder's lease ran out; None when there is none."""
    row = (await connection.execute(_CLAIM, {"kinds": kinds, "worker": worker, "lease": lease})).one_or_none()
    return None if row is None else Claim(*row)


async def extend(connection: AsyncConnection, held: Claim, *, lease: timedelta) -> bool:
    """The heartbeat. False when the row is no longer ours."""
    return (await connection.execute(_EXTEND, {**held.fence, "lease": lease})).rowcount == 1


async def report_progress(connection: AsyncConnection, held: Claim, *, progress: float) -> None:
    """Say how far the work is, 0..1."""
    await connection.execute(_PROGRESS, {**held.fence, "progress": progress})


async def finish(connection: AsyncConnection, held: Claim) -> None:
    """Mark the row done; FencedError when it is no longer ours. The lock it takes keeps others out until the commit."""
    if (await connection.execute(_FINISH, held.fence)).rowcount != 1:
        raise FencedError(held.kind)


async def give_back(connection: AsyncConnection, held: Claim, *, delay: timedelta, error: str) -> None:
    """Let the row be claimed again after `delay`."""
    await connection.execute(_RETRY, {**held.fence, "delay": delay, "error": error})


async def park(connection: AsyncConnection, held: Claim, *, error: str) -> bool:
    """Set the row aside as failed, for an operator to look at. False when it is no longer ours."""
    return (await connection.execute(_PARK, {**held.fence, "error": error})).rowcount == 1


async def revive(session: AsyncSession, work: UUID) -> bool:
    """Let a row that was set aside be tried once more; False when there is none. Its attempts go on counting: they fence."""
    found = (await (await session.connection()).execute(_REVIVE, {"id": work})).one_or_none()
    note_nudge(session, "work")
    return found is not None
