"""The work behind a submission: its file is read apart, then everything it changes is one transaction."""

import asyncio
from collections.abc import Sequence

from services.outcomes.feeds.declarations import shipped_feeds
from services.outcomes.feeds.exchange import Question
from services.outcomes.feeds.parse_process import Parser
from services.outcomes.settings import Settings
from services.outcomes.submissions.deciding import UNDECIDED, abandon_submission, decide_submission
from services.outcomes.submissions.queries import READ_WORK, file_to_read
from services.outcomes.submissions.sealing import opened_file
from shared.facts.publishing import Topic, publish_pending
from shared.months import Month, parse_period
from shared.service.jobs import Job, WorkKind

READ_STARTED, READ_DONE = 0.1, 0.7


def read_kind(topics: Sequence[Topic]) -> WorkKind:
    """The kind of work behind a posted file. topics: what this service publishes."""

    async def read(job: Job) -> None:
        await read_submission(job, topics)

    return WorkKind(READ_WORK, read, abandoned=abandon_submission)


async def read_submission(job: Job, topics: Sequence[Topic]) -> None:
    """Read the file in a child process; then rows, what they supersede, status and facts together, or none of them."""
    platform = job.platform
    async with platform.database.transaction() as session:
        found = await file_to_read(session, job.subject)
    if found is None or found[0].status not in UNDECIDED:
        async with job.transaction():
            return
    submission, file = found
    await job.progress(READ_STARTED)
    question = Question(
        feed=submission.feed,
        council=submission.council,
        form=submission.form,
        asked=parse_period(submission.stated_period) if submission.stated_period else None,
        received_in=Month.of(submission.received_at),
    )
    settings = platform.settings_of(Settings)
    parser = Parser(settings.registry_file, settings.feed_layouts, asyncio.Semaphore(1))
    content = await asyncio.to_thread(opened_file, platform.keyring, file)
    parsed = await parser.read(content, question)
    await job.progress(READ_DONE)
    feed = shipped_feeds()[submission.feed]
    async with job.transaction() as session:
        if await decide_submission(session, submission.id, parsed, feed, platform.registry):
            # Not waited for: a rebuild may hold the publisher's lock through every attempt that a file has.
            await publish_pending(session, topics, wait=False)
