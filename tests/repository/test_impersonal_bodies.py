"""No body that is kept in the clear takes an NHS number with what somebody types into it."""

from collections.abc import Iterator

import services.referrals.app
import services.trajectories.app  # noqa: F401 -- both bring every body of their service
from services.referrals.directory.schemas import PartnerContact
from services.referrals.events.schemas import CalendarBody
from shared.http.bodies import RequestBody
from shared.workbooks.impersonal import ImpersonalBody

IN_THE_CLEAR = (
    "services.trajectories.",
    "services.referrals.community.",
    "services.referrals.directory.",
    "services.referrals.events.",
)
# A telephone number may look like one; a calendar's texts are looked through as they are read.
LOOKED_AT_OTHERWISE = {PartnerContact, CalendarBody}


def _below(base: type[RequestBody]) -> Iterator[type[RequestBody]]:
    for one in base.__subclasses__():
        yield one
        yield from _below(one)


def test_every_body_that_is_kept_in_the_clear_names_nobody() -> None:
    bodies = {one for one in _below(RequestBody) if one.__module__.startswith(IN_THE_CLEAR)}
    assert {one.__module__.split(".")[1] for one in bodies} == {"referrals", "trajectories"}
    assert {one for one in bodies if not issubclass(one, ImpersonalBody)} == LOOKED_AT_OTHERWISE
