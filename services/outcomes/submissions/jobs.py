"""The work behind a submission: its file is read apart, then everything it changes is one transaction."""

import asyncio
from functools import cache

from services.outcomes.facts import TOPICS
from services.outcomes.feeds.declarations import Declarations, load_declarations
from services.outcomes.feeds.parse_process import Parser
from services.outcomes.feeds.parsing import Question
from services.outcomes.settings import Settings
from services.outcomes.submissions.actions import UNDECIDED, abandon_submission, decide_submission
from services.outcomes.submissions.queries import READ_WORK, file_to_read
from shared.facts import publish_pending
from shared.months import Month, parse_period
from shared.work import Job, WorkKind

READ_STARTED, READ_DONE = 0.1, 0.7


async def read_submission(job: Job) -> None:
    """Read the file in a child process; then rows, what they supersede, status and facts together, or none of them."""
    platform = job.platform
    async with platform.database.transaction() as session:
        row = await file_to_read(session, job.subject)
    if row is None or row["status"] not in UNDECIDED:
        async with job.transaction():
            return
    await job.progress(READ_STARTED)
    question = Question(
        feed=row["feed"],
        council=row["council"],
        form=row["form"],
        asked=parse_period(row["stated_period"]) if row["stated_period"] else None,
        today=Month.of(row["received_at"]).first_day,
    )
    settings: Settings = platform.settings
    parser = Parser(settings.registry_file, settings.feed_layouts, asyncio.Semaphore(1))
    parsed = await parser.read(row["content"], question)
    await job.progress(READ_DONE)
    feed = _declarations().feeds[row["feed"]]
    async with job.transaction() as session:
        if await decide_submission(session, row, parsed, feed):
            # Not waited for: a rebuild may hold the publisher's lock through every attempt that a file has.
            await publish_pending(session, TOPICS, wait=False)


@cache
def _declarations() -> Declarations:
    return load_declarations()


READ_SUBMISSION = WorkKind(READ_WORK, read_submission, abandoned=abandon_submission)
