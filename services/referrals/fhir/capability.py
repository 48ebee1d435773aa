"""What `metadata` says of the national door."""

from typing import Any

from shared.fhir.capabilities import Offered, capability_statement

PROCESS_MESSAGE = "http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message"
_ABOUT = (
    "A receiver of the Booking and Referral Standard: `$process-message` takes servicerequest-request, of the use cases that"
    " `MessageDefinition` lists. JSON only. X-Request-Id and X-Correlation-Id are required of messages."
)


def statement(base: str) -> dict[str, Any]:
    """The capability statement of the door at this address."""
    return capability_statement(
        title="ICC platform: referrals",
        version="1",
        base=base,
        documentation=_ABOUT,
        operations={"process-message": PROCESS_MESSAGE},
        resources=[
            Offered(
                "MessageDefinition", ("search-type",), {"context": "token"}, "The messages that are taken."
            ),
            Offered(
                "ServiceRequest",
                ("read", "search-type"),
                {"patient:identifier": "token"},
                "Referrals, by whichever door they came.",
            ),
            Offered("Task", ("read", "search-type"), {"status": "token"}, "What is to be done about them."),
            Offered(
                "CarePlan",
                ("read", "search-type", "update"),
                {"patient:identifier": "token", "reason": "string"},
                "Plans of cases, for direct care. The id is the case's.",
            ),
        ],
    )
