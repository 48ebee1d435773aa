"""What can go wrong and how it is answered: `Problem` and its ready classes, faults with pointers, OpenAPI entries.

| question | file |
| --- | --- |
| what is a problem made of, and how does a route document its own? | problem.py |
| which problems are common to all services? | catalogue.py |
| how does a problem become the bytes of an answer? | shared/http/answers.py |
| how does an exception become a problem? | shared/service/handlers.py |
"""

from shared.problems.catalogue import (
    AnswerTimeout,
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
from shared.problems.problem import MEDIA_TYPE, FieldError, Problem, ProblemDocument, responses

__all__ = [
    "MEDIA_TYPE",
    "AnswerTimeout",
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
