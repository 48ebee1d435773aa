"""The command line: what is printed, what is refused, and the token that others rely on."""

import stat
from pathlib import Path

import pytest
from joserfc import jwt

from shared.addresses import SERVICES
from shared.auth.caller import ROLES
from shared.auth.keys import load_or_create_signing_key, public_key_set
from shared.auth.roles import ROLE_PURPOSES
from shared.auth.sisters import make_service_keys, parse_public_halves
from shared.local.ports import listen
from tests.shared.cli.calling import icc, icc_process
from tests.shared.cli.endpoint import Answer, endpoint


def test_bare_icc_lists_the_commands() -> None:
    answer = icc_process()
    assert answer.returncode == 0
    for name in (
        "up",
        "token",
        "push",
        "status",
        "migrate",
        "rebuild",
        "openapi",
        "audit",
        "test",
        "check",
        "fix",
    ):
        assert f"  icc {name} " in answer.stdout


def test_a_mistyped_command_is_told_the_nearest() -> None:
    answer = icc("tokn")
    assert answer.returncode == 2
    assert "Did you mean `icc token`?" in answer.stderr


def test_a_token_is_all_that_is_printed_and_the_local_key_verifies_it(tmp_path: Path) -> None:
    answer = icc_process(
        "token", "--role", "council-feed", "--org", "cumbria", "--ttl", "15m", "--data", str(tmp_path / "d")
    )
    assert answer.stderr == ""
    assert answer.stdout.count("\n") == 1
    key = load_or_create_signing_key(tmp_path / "d")
    claims = jwt.decode(answer.stdout.strip(), public_key_set(key), algorithms=["ES256"]).claims
    assert claims["sub"] == "local:council-feed:cumbria"
    assert claims["org"] == "cumbria"
    assert set(claims["scope"].split()) == ROLES["council-feed"]
    assert claims["exp"] - claims["iat"] == 900
    assert (claims["iss"], claims["aud"]) == ("icc-local", "icc")
    assert "communities" not in claims


@pytest.mark.parametrize(
    ("role", "name"), [("analyst", "signing.pem"), ("service", "service-trajectories.pem")]
)
def test_a_key_that_others_may_read_signs_nothing(tmp_path: Path, role: str, name: str) -> None:
    load_or_create_signing_key(tmp_path)
    make_service_keys(tmp_path)
    (tmp_path / "keys" / name).chmod(0o644)
    answer = icc("token", "--role", role, ICC_DATA_DIR=str(tmp_path))
    assert (answer.returncode, answer.stdout) == (1, "")
    assert f"{name} has mode 0644: make it 0600" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "doubt"),
    [
        (["--role", "council-feed", "--org", "cumbira"], "no organisation 'cumbira'"),
        (["--role", "case-manager", "--community", "kendall"], "no community 'kendall'"),
        (["--role", "case-manager", "--community", "kendal", "--community", "est"], "no community 'est'"),
        (["--role", "practice-system", "--org", "A8202"], "no organisation 'A8202'"),
        (["--role", "practice-system"], "needs --org with its ODS code"),
        (["--role", "case-manager"], "needs --community, or --org with its team"),
        (["--role", "council-feed"], "needs --org with its council"),
    ],
)
def test_a_misspelt_organisation_or_community_is_warned_of(
    tmp_path: Path, arguments: list[str], doubt: str
) -> None:
    answer = icc("token", *arguments, "--data", str(tmp_path))
    assert answer.returncode == 0
    assert answer.stdout.count(".") == 2  # the token, and nothing else
    (line,) = answer.stderr.splitlines()
    assert doubt in line


def test_a_warning_names_what_was_probably_meant(tmp_path: Path) -> None:
    answer = icc("token", "--role", "council-feed", "--org", "cumbira", "--data", str(tmp_path))
    assert "did you mean 'cumbria'?" in answer.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--role", "hospital-system", "--org", "RTX"],
        ["--role", "partner", "--org", "bay-befrienders"],
        ["--role", "case-manager", "--org", "urgent-response"],
        ["--role", "analyst", "--community", "*"],
        ["--role", "case-manager", "--community", "south-cumbria"],
        ["--role", "practice-system", "--org", "U35939"],
    ],
)
def test_what_the_registry_knows_is_not_warned_of(tmp_path: Path, arguments: list[str]) -> None:
    assert icc("token", *arguments, "--data", str(tmp_path)).stderr == ""


def test_the_help_of_token_says_what_each_role_is_for() -> None:
    shown = " ".join(icc_process("token", "--help").stdout.replace("│", " ").split())
    assert ROLE_PURPOSES.keys() == ROLES.keys()
    for role, purpose in ROLE_PURPOSES.items():
        assert f"{role}: {purpose}." in shown, role


@pytest.mark.parametrize("role", ["analyst", "publisher", "dashboard", "oversight", "operator", "auditor"])
def test_bay_wide_roles_see_every_community_unless_some_are_named(tmp_path: Path, role: str) -> None:
    key = public_key_set(load_or_create_signing_key(tmp_path))
    everywhere = icc("token", "--role", role, ICC_DATA_DIR=str(tmp_path)).stdout.strip()
    named = icc(
        "token", "--role", role, "--community", "kendal", "--community", "east", ICC_DATA_DIR=str(tmp_path)
    )
    assert jwt.decode(everywhere, key, algorithms=["ES256"]).claims["communities"] == ["*"]
    assert jwt.decode(named.stdout.strip(), key, algorithms=["ES256"]).claims["communities"] == [
        "east",
        "kendal",
    ]


def test_a_services_token_is_signed_by_its_own_key_for_its_sisters_and_lives_for_minutes(
    tmp_path: Path,
) -> None:
    printed = icc("token", "--role", "service", "--data", str(tmp_path)).stdout.strip()
    halves = parse_public_halves((tmp_path / "keys" / "services.json").read_bytes())
    (key,) = (half.key for half in halves.values() if half.service == "trajectories")
    claims = jwt.decode(printed, key, algorithms=["ES256"]).claims
    assert (claims["iss"], claims["sub"]) == ("icc-service", "service:trajectories")
    assert (claims["aud"], claims["scope"]) == (["service:referrals", "service:outcomes"], "facts.read")
    assert claims["exp"] - claims["iat"] == 600


def test_a_service_that_asks_nothing_gets_no_token(tmp_path: Path) -> None:
    answer = icc("token", "--role", "service", "--org", "outcomes", "--data", str(tmp_path))
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "'outcomes' is none that does" in answer.stderr


def test_the_key_is_made_at_first_need_and_closed_to_others(tmp_path: Path) -> None:
    icc("token", "--role", "analyst", "--data", str(tmp_path / "d"))
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "d" / "keys" / "signing.pem").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--role", "emperor"], "there is no role 'emperor'"),
        (["--role", "analyst", "--ttl", "soon"], "is not a duration like 15m, 1h or 1d"),
        (["--role", "analyst", "--ttl", "30d"], "at most 24 hours"),
        (["--role", "partner", "--org", "a b"], "letters, digits and hyphens"),
    ],
)
def test_a_token_that_cannot_be_is_refused_in_a_sentence(
    tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    answer = icc("token", *arguments, "--data", str(tmp_path))
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert sentence in answer.stderr
    assert "Traceback" not in answer.stderr


def test_no_token_is_made_where_an_identity_provider_makes_them(tmp_path: Path) -> None:
    answer = icc(
        "token", "--role", "analyst", "--data", str(tmp_path), ICC_OIDC_ISSUER="https://login.example"
    )
    assert answer.returncode == 2
    assert "ask it for one" in answer.stderr
    assert answer.stdout == ""


def test_an_unknown_service_has_no_schema() -> None:
    answer = icc("openapi", "refferals")
    assert answer.returncode == 2
    assert "there is no service 'refferals'" in answer.stderr


@pytest.mark.parametrize("port", ["0", "65535"])
def test_six_ports_must_fit(tmp_path: Path, port: str) -> None:
    answer = icc("up", "--port", port, "--data", str(tmp_path / "d"))
    assert answer.returncode == 2
    assert "--port must lie between 1 and 65530" in answer.stderr


def test_the_audit_of_an_unused_directory_is_a_sentence(tmp_path: Path) -> None:
    answer = icc("audit", "verify", "--data", str(tmp_path / "d"))
    assert answer.returncode == 1
    assert "name the data directory with --data" in answer.stderr


def test_the_audit_of_databases_that_do_not_run_is_a_sentence(tmp_path: Path) -> None:
    nowhere = "postgresql://nobody:secret@127.0.0.1:1/postgres"
    answer = icc("audit", "verify", "--data", str(tmp_path / "d"), ICC_DATABASE_URL=nowhere)
    assert answer.returncode == 1
    assert "start them with ./icc up" in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert "secret" not in answer.stderr


def test_migrating_beside_another_server_on_the_same_port_names_the_port(tmp_path: Path) -> None:
    with listen(0, purpose="a test") as taken:
        port = taken.getsockname()[1]
        answer = icc("migrate", "--data", str(tmp_path / "d"), "--port", str(port - 3))
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"icc: Port {port} (PostgreSQL) is taken: ")
    assert not (tmp_path / "d" / "postgres").exists()


def test_status_says_which_services_are_away_and_how_to_start_them(tmp_path: Path) -> None:
    answer = icc("status", "--port", "1", "--data", str(tmp_path))
    assert answer.returncode == 1
    assert answer.stdout.count("away") == 3
    assert "./icc up starts it" in answer.stdout
    assert "Work" not in answer.stdout


def test_status_tells_how_many_referrals_belong_to_no_community(tmp_path: Path) -> None:
    ready: Answer = (200, {}, {"status": "ready", "checks": {"database": "ok", "nudges": "ok"}})
    waiting = {"name": "unrouted", "rows": 3, "oldest_seconds": 90.4}
    work: list[Answer] = [
        (200, {}, {"counts": [], "failed": [], "standing": standing}) for standing in ([waiting], [], [])
    ]
    with endpoint(ready, ready, ready, *work, (200, {}, {"items": []})) as services:
        urls = {f"ICC_{name.upper()}_URL": services.url for name in SERVICES}
        answer = icc("status", "--token", "any", "--data", str(tmp_path), **urls)
    assert answer.returncode == 0, answer.stderr
    assert "unrouted: 3, the oldest for 90 s\n" in answer.stdout


def test_a_status_that_may_not_read_the_work_says_so(tmp_path: Path) -> None:
    ready: Answer = (200, {}, {"status": "ready", "checks": {"database": "ok", "nudges": "ok"}})
    refused: Answer = (401, {}, {"status": 401, "title": "Unauthorized", "detail": "The token is no token."})
    with endpoint(ready, ready, ready, refused, refused, refused) as services:
        urls = {f"ICC_{name.upper()}_URL": services.url for name in SERVICES}
        answer = icc("status", "--token", "nonsense", "--data", str(tmp_path), **urls)
    assert answer.returncode == 1
    assert answer.stderr == "icc: the work cannot be read: 401 The token is no token.\n"
    assert answer.stdout.count("database ok, nudges ok") == 3
    assert "checks." not in answer.stdout
    assert "Work" not in answer.stdout
