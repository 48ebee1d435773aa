"""A post under its key: what the key brought before, or the file's transaction with its answer kept beside."""

from dataclasses import dataclass

from sqlmodel import col, delete

from services.trajectories.activity.actions import Sent, take_file
from services.trajectories.activity.schemas import ADDRESS, answer_to
from services.trajectories.activity.tables import ActivitySubmission
from shared.http.answers import json_bytes
from shared.idempotency.answers import Kept, KeyedRequest, claim_key, keep_answer
from shared.idempotency.keys import digest_of
from shared.idempotency.tables import IdempotencyRow
from shared.service.platform import Platform


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a post: the submission, or the answer that its key brought the first time."""

    submission: ActivitySubmission | None = None
    kept: Kept | None = None

    @property
    def row(self) -> ActivitySubmission:
        """The submission of a post that repeats none."""
        if self.submission is None:
            raise LookupError("a repeated post has its kept answer")
        return self.submission


async def post_file(platform: Platform, sent: Sent, *, route: str, key: str) -> Posted:
    """Store what a file says under a key, and its answer with it. The report on a rejected file is stored, its key is free."""
    digest = digest_of(f"{sent.sha256} {sent.form} {sent.asked}".encode())
    keyed = KeyedRequest.of(platform.keyring, sent.caller, route=route, key=key, digest=digest)
    async with platform.transaction() as session:
        kept = await claim_key(session, platform.keyring, keyed)
        if kept is not None:
            return Posted(kept=kept)
        submission = await take_file(session, sent)
        if submission.status == "rejected":
            row = IdempotencyRow
            of_key = (
                col(row.client) == keyed.client,
                col(row.route) == keyed.route,
                col(row.key) == keyed.key,
            )
            await session.exec(delete(row).where(*of_key))
        else:
            headers = {"Location": f"{ADDRESS}/{submission.id}", "Content-Type": "application/json"}
            body = json_bytes(answer_to(submission, sent.caller))
            await keep_answer(session, platform.keyring, keyed, status=200, headers=headers, body=body)
    return Posted(submission)
