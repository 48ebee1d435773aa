"""The problems that only referrals answer, one class each; the common ones are in `shared.problems`."""

from typing import ClassVar

from shared.problems import BadRequest, Conflict, FieldError, Invalid, Problem


class PersonalQuery(BadRequest):
    """What identifies a person must not stand in an address: addresses are logged on their way. Search with a body."""

    code = "query.pii_not_allowed"
    title = "Personal data does not belong in an address"

    def __init__(self) -> None:
        detail = "Use POST /v1/referrals/search with the identifier in the body."
        super().__init__(detail, errors=[FieldError(self.code, "", detail)])


class NotOffered(BadRequest):
    """The message is of an event or a use case that is not offered here; `/FHIR/R4/MessageDefinition` lists those that are."""

    code = "fhir.not_supported"
    title = "The standard has this, and this receiver does not offer it"


class NotImplementedHere(Problem):
    """The standard has this address, and this receiver does not: `metadata` lists what it has."""

    code = "fhir.not_implemented"
    title = "The standard has this, and this receiver does not"
    status: ClassVar[int] = 501


class UnknownWorkflow(BadRequest):
    """Event, reason, status and category of the message do not belong together, or the version of the standard is missing."""

    code = "fhir.workflow"
    title = "The workflow is not one of the standard"


class VersionNotSpoken(Invalid):
    """`Bundle.meta.versionId` names a version of the standard that is not spoken here: 1.0 to 1.4 are."""

    code = "fhir.version"
    title = "The version of the standard is not supported"


class AlreadyProcessed(Conflict):
    """A message with these ids was processed. That it is answered so confirms it."""

    code = "message.duplicate"
    title = "The message was processed already"


class LocalDataNewer(Conflict):
    """What is known here of the request is newer than the update. Read it, and send what you know after that."""

    code = "message.stale"
    title = "The update is older than what is known"


class TooEarly(Problem):
    """The first attempt of this message is still being processed. Send it again after `Retry-After` seconds."""

    code = "message.running"
    title = "The message is being processed"
    status: ClassVar[int] = 425

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})
