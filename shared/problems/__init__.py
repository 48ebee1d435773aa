"""What can go wrong and how it is answered: `Problem` and its ready classes, faults with pointers, OpenAPI entries.

| question | file |
| --- | --- |
| what is a problem made of? | problem.py |
| which problems are common to all services? | catalogue.py |
| how does an exception become an answer? | handlers.py |
| how are problems documented on a route? | openapi.py |
"""

from shared.problems.catalogue import (
    BadRequest,
    Conflict,
    Forbidden,
    HeadersTooLarge,
    Internal,
    Invalid,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    RequestTimeout,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
    UriTooLong,
)
from shared.problems.openapi import ProblemDocument, responses
from shared.problems.problem import MEDIA_TYPE, FieldError, Problem

__all__ = [
    "MEDIA_TYPE",
    "BadRequest",
    "Conflict",
    "FieldError",
    "Forbidden",
    "HeadersTooLarge",
    "Internal",
    "Invalid",
    "MethodNotAllowed",
    "NotAcceptable",
    "NotFound",
    "PreconditionFailed",
    "PreconditionRequired",
    "Problem",
    "ProblemDocument",
    "RequestTimeout",
    "TooLarge",
    "TooManyRequests",
    "Unauthenticated",
    "Unavailable",
    "UnsupportedMediaType",
    "UriTooLong",
    "responses",
]
