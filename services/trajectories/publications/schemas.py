"""What a publisher asks with, and what a publication looks like."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from services.trajectories.performance.tables import Publication
from shared.http.text import Name
from shared.workbooks.impersonal import ImpersonalBody


class PublicationRequest(ImpersonalBody):
    """A publication now. reason: why not with the next night's."""

    reason: Name


class PublicationAnswer(BaseModel, from_attributes=True):
    """One cut. `day`: of a nightly one; `reason` and `client` of one that was asked for.

    `cells`: the figures that it holds; `due`: those whose counts are all 8 and more; `shown`: how many of these are shown. Both are null
    to callers who do not see every community exactly: whoever moves a count of their own would see when a sum with it reaches 8.
    """

    id: UUID
    day: date | None
    reason: str | None
    client: str | None
    published_at: datetime
    cells: int
    due: int | None
    shown: int | None


def describe(publication: Publication, *, exact: bool) -> PublicationAnswer:
    """The answer about a cut. exact: to somebody who sees every community exactly."""
    answer = PublicationAnswer.model_validate(publication)
    return answer if exact else answer.model_copy(update={"due": None, "shown": None})
