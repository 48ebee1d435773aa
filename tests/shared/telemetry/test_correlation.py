"""Ids that are made here are legal wherever they are read."""

import uuid

from shared.http.headers import read_correlation
from shared.telemetry.correlation import new_correlation, new_request_id


def test_a_fresh_request_id_is_a_random_uuid() -> None:
    ids = {new_request_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert {
        (uuid.UUID(text).version, uuid.UUID(text).variant, str(uuid.UUID(text)) == text) for text in ids
    } == {(4, uuid.RFC_4122, True)}


def test_what_a_call_to_a_sister_carries_she_takes() -> None:
    correlation = new_correlation()
    headers = [(name.lower().encode(), value.encode()) for name, value in correlation.as_headers().items()]
    read = read_correlation(headers)
    assert (read.correlation_id, read.traceparent) == (correlation.correlation_id, correlation.traceparent)
    assert read.request_id != correlation.request_id
