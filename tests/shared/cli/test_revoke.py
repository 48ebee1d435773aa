"""`icc revoke`: in every service, and what is said of one that is away."""

import json
from pathlib import Path

import pytest

from shared.auth.keys import load_or_create_signing_key, sign_claims
from shared.cli.tokens import COMMAND_LIFETIME
from tests.shared.cli.calling import Said, icc
from tests.shared.cli.endpoint import Answer, endpoint

REVOKED: Answer = (201, {}, {"id": "x"})
BEFORE: Answer = (200, {}, {"id": "x"})
REFUSED: Answer = (403, {}, {"code": "scope", "title": "The token does not allow this", "status": 403})


def revoked(tmp_path: Path, *answers: Answer, words: tuple[str, ...]) -> tuple[Said, list[object]]:
    """What the command said with a service for each answer, and the bodies they were sent."""
    with endpoint(*answers) as services:
        load_or_create_signing_key(tmp_path)
        addresses = {f"ICC_{name}_URL": services.url for name in ("REFERRALS", "OUTCOMES", "TRAJECTORIES")}
        said = icc("revoke", *words, "--data", str(tmp_path), **addresses)
        return said, [json.loads(request.body) for request in services.requests]


def test_a_client_is_revoked_in_every_service(tmp_path: Path) -> None:
    words = ("--client", "emis", "--reason", "key lost")
    said, bodies = revoked(tmp_path, REVOKED, BEFORE, REVOKED, words=words)
    assert said.stdout == "referrals: revoked\noutcomes: was revoked before\ntrajectories: revoked\n"
    assert bodies == [{"client": "emis", "reason": "key lost"}] * 3
    assert said.returncode == 0


@pytest.mark.parametrize("whole", [True, False])
def test_a_token_is_revoked_by_itself_or_by_its_id(tmp_path: Path, whole: bool) -> None:
    key = load_or_create_signing_key(tmp_path)
    token = sign_claims(key, {"sub": "emis", "jti": "t-1"}, ttl=COMMAND_LIFETIME)
    said, bodies = revoked(tmp_path, REVOKED, REVOKED, REVOKED, words=("--token", token if whole else "t-1"))
    assert said.returncode == 0
    assert {body["token_id"] for body in bodies if isinstance(body, dict)} == {"t-1"}


def test_a_service_that_refuses_does_not_keep_it_from_the_others_and_is_named(tmp_path: Path) -> None:
    said, bodies = revoked(tmp_path, REVOKED, REFUSED, REVOKED, words=("--client", "emis"))
    assert len(bodies) == 3
    assert said.returncode == 1
    assert "outcomes: refused with 403 scope" in said.stdout
    assert said.stderr == "icc: not revoked in outcomes: run this again.\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "name one: --client or --token"),
        (("--client", "a", "--token", "b"), "name one: --client or --token"),
        (("--token", "a.b.c"), "neither a token nor a token's id"),
        (("--token", "e30.e30.e30"), "revoke its client"),
    ],
)
def test_what_cannot_be_revoked_is_a_sentence(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    said, bodies = revoked(tmp_path, words=words)
    assert (said.returncode, bodies) == (2, [])
    assert sentence in said.stderr
