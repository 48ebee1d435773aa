"""`icc publish`, against an endpoint that answers as trajectories does."""

import json
import uuid

from tests.shared.cli.calling import icc
from tests.shared.cli.endpoint import endpoint

MADE = {"id": "p1", "published_at": "2020-04-09T12:00:00Z", "cells": 702, "due": 483, "shown": 470}
AWAY = {"code": "dependency", "title": "Unavailable", "detail": "Another publication is being made."}
RUNNING = {"code": "idempotency.in_progress", "title": "Still running", "detail": "Repeat it shortly."}
REFUSED = {"code": "scope", "title": "Forbidden", "detail": "The token lacks reports.publish."}


def test_a_publication_is_asked_for_with_its_reason_and_told() -> None:
    with endpoint((201, {}, MADE)) as trajectories:
        answer = icc("publish", "--reason", "Q4 is in", "--url", trajectories.url, "--token", "t")
    (request,) = trajectories.requests
    assert (request.method, request.path) == ("POST", "/v1/publications")
    assert json.loads(request.body) == {"reason": "Q4 is in"}
    assert uuid.UUID(request.headers["Idempotency-Key"]).version == 4
    assert answer.returncode == 0
    assert "702 figures; of 483 that are not small 470 are shown" in answer.stdout


def test_a_publisher_who_does_not_see_all_is_told_how_many_figures_there_are() -> None:
    with endpoint((201, {}, MADE | {"due": None, "shown": None})) as trajectories:
        answer = icc("publish", "--url", trajectories.url, "--token", "t")
    assert answer.returncode == 0
    assert answer.stdout.strip().endswith(": 702 figures")


def test_a_publication_is_asked_for_again_under_the_same_key_while_another_is_made() -> None:
    with endpoint((503, {"Retry-After": "0"}, AWAY), (201, {}, MADE)) as trajectories:
        answer = icc("publish", "--url", trajectories.url, "--token", "t")
    assert answer.returncode == 0
    assert len({request.headers["Idempotency-Key"] for request in trajectories.requests}) == 1


def test_a_publication_that_takes_longer_than_an_answer_is_awaited() -> None:
    still = (409, {"Retry-After": "0"}, RUNNING)
    with endpoint(still, still, (201, {}, MADE)) as trajectories:
        answer = icc("publish", "--url", trajectories.url, "--token", "t")
    assert answer.returncode == 0, answer.stderr
    assert len({request.headers["Idempotency-Key"] for request in trajectories.requests}) == 1


def test_a_refused_publication_says_why() -> None:
    with endpoint((403, {}, REFUSED)) as trajectories:
        answer = icc("publish", "--url", trajectories.url, "--token", "t")
    assert answer.returncode == 1
    assert "reports.publish" in answer.stderr
