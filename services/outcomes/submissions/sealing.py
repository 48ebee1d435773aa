"""The bytes of a file while they wait to be read: encrypted under the service's data key, bound to their submission."""

from typing import Final
from uuid import UUID

from services.outcomes.submissions.tables import SubmissionFile
from shared.crypto import Keyring

_COLUMN: Final = "sealed"


def sealed_file(keyring: Keyring, submission_id: UUID, content: bytes) -> bytes:
    """What is stored of a file. For a thread: 64 MiB take their time."""
    return keyring.encrypt(content, table=SubmissionFile.__tablename__, column=_COLUMN, row=submission_id)


def opened_file(keyring: Keyring, file: SubmissionFile) -> bytes:
    """The bytes as they were sent."""
    if file.sealed is None:
        return file.content or b""
    table = SubmissionFile.__tablename__
    return keyring.decrypt_bytes(file.sealed, table=table, column=_COLUMN, row=file.submission_id)
