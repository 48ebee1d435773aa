"""`icc up` as a whole: started as a person starts it, hit where it hurts, stopped without a trace."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import pytest

from shared.addresses import FIRST_PAGES, SERVICES, FirstPage
from shared.crypto.keyring import purposes_granted
from shared.local.accounts import reader_account
from shared.local.directory import ROOT
from shared.local.temporary import temporary_servers
from tests.support.ports import free_ports
from tests.support.running import bearer

PATIENCE_SECONDS = 120
SIX = 6

pytestmark = pytest.mark.journey


@dataclass
class Running:
    """A running system: its supervisor, first port, data directory and what it has said."""

    process: "subprocess.Popen[str]"
    port: int
    data: Path
    said: list[str] = field(default_factory=list)

    def health(self, service: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port + SERVICES.index(service)}/health/ready", timeout=30)

    def children(self) -> dict[int, str]:
        """The supervisor's own children: pid → command line."""
        return {pid: command for pid, (parent, command) in processes().items() if parent == self.process.pid}

    def child(self, named: str) -> int:
        return next(pid for pid, command in self.children().items() if named in command)


def processes() -> dict[int, tuple[int, str]]:
    """Every process that runs: pid → parent, command line."""
    listed = subprocess.run(
        ["/bin/ps", "-ww", "-eo", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    )
    rows = (line.split(None, 3) for line in listed.stdout.splitlines())
    return {int(row[0]): (int(row[1]), row[3]) for row in rows if not row[2].startswith("Z")}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "shared.cli", *arguments]


def environment(**settings: str) -> dict[str, str]:
    return {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "HOME": "/nonexistent"} | settings


@contextmanager
def up(data: Path, *options: str, **settings: str) -> Iterator[Running]:
    """The system from its start to `ready`, and stopped at the end of the block whatever happened in it."""
    port = free_ports(SIX)
    process = subprocess.Popen(
        command("up", "--port", str(port), "--data", str(data), *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(**settings),
        cwd="/",
    )
    running = Running(process, port, data)
    assert process.stdout is not None
    with process:
        try:
            for line in process.stdout:
                running.said.append(line.rstrip("\n"))
                if running.said[-1] == "ready":
                    break
            assert running.said[-1:] == ["ready"], "\n".join(running.said)
            yield running
        finally:
            process.send_signal(signal.SIGTERM)
            running.said += process.stdout.read().splitlines()


def until(condition: Callable[[], object]) -> None:
    """Waits for the system to do something; the test fails when it does not."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def proxy() -> Iterator[socket.socket]:
    """What a shell calls its proxy: it listens, and whoever asks it for anything waits there to be counted."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)  # noqa: FBT003 -- the socket's own spelling
        yield listening


def strange_shell(proxy: socket.socket) -> dict[str, str]:
    """Settings of a shell that are about other servers than ours."""
    place = f"127.0.0.1:{proxy.getsockname()[1]}"
    proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY"), f"http://{place}")
    databases = {"PGSERVICE": "elsewhere", "PGSSLMODE": "verify-full", "PGTARGETSESSIONATTRS": "standby"}
    return proxies | {"ALL_PROXY": f"socks5://{place}"} | databases


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, proxy: socket.socket) -> Iterator[Running]:
    with up(tmp_path_factory.mktemp("up") / "data", **strange_shell(proxy)) as running:
        yield running


def test_what_a_shell_says_of_proxies_and_databases_is_not_heeded(
    system: Running, proxy: socket.socket
) -> None:
    headers = bearer(system.data, "operator")
    facts = f"http://127.0.0.1:{system.port + 2}/v1/operations/facts"

    def were_pulled() -> bool:
        items = httpx.get(facts, headers=headers, timeout=30).json()["items"]
        return {item["author"] for item in items if item["read_at"]} == {"referrals", "outcomes"}

    until(were_pulled)
    for name in ("status", "migrate", "audit"):
        words = (name, "verify") if name == "audit" else (name, "--port", str(system.port))
        beside = subprocess.run(
            command(*words, "--data", str(system.data)),
            capture_output=True, text=True, check=False, env=environment(**strange_shell(proxy)),
        )  # fmt: skip
        assert beside.returncode == 0, beside.stdout + beside.stderr
    with pytest.raises(BlockingIOError):
        proxy.accept()


def test_every_part_is_a_recognisable_child_of_the_process_that_was_started(system: Running) -> None:
    commands = list(system.children().values())
    for service in SERVICES:
        assert sum(f"services.{service} api" in command for command in commands) == 1
        assert sum(f"services.{service} worker" in command for command in commands) == 1
    assert sum("valkey-server" in command for command in commands) == 1
    assert sum("postgres -D" in command for command in commands) == 1


def test_addresses_are_printed_before_ready(system: Running) -> None:
    for number, service in enumerate(SERVICES):
        line = next(line for line in system.said if line.startswith(service))
        assert f"http://127.0.0.1:{system.port + number}" in line


def test_the_dashboard_is_named_and_asks_to_sign_in(system: Running) -> None:
    (line,) = [line for line in system.said if line.startswith("dashboard")]
    address = f"http://127.0.0.1:{system.port + 2}/"
    assert line.split()[1] == address
    assert "./icc token --role analyst" in line
    answer = httpx.get(address)
    assert answer.status_code == 401
    assert "<h1" in answer.text
    assert "Sign in" in answer.text


@pytest.mark.parametrize("page", FIRST_PAGES, ids=lambda page: page.path)
def test_each_first_page_is_told_with_the_token_that_opens_it(system: Running, page: FirstPage) -> None:
    address = f"http://127.0.0.1:{system.port + SERVICES.index(page.service)}{page.path}"
    (line,) = [line for line in system.said if line.split()[1:2] == [address] and "sign in" in line]
    assert f"./icc token --role {page.opened_by}`" in line


@pytest.mark.parametrize("service", SERVICES)
def test_a_killed_api_is_waited_for_and_not_refused(system: Running, service: str) -> None:
    os.kill(system.child(f"services.{service} api"), signal.SIGKILL)
    assert system.health(service).status_code == 200


def test_killed_workers_and_valkey_and_postgresql_come_back(system: Running) -> None:
    names = ("services.referrals worker", "valkey-server", "postgres -D")
    killed = {name: system.child(name) for name in names}
    for pid in killed.values():
        os.kill(pid, signal.SIGKILL)

    def replaced() -> bool:
        commands = system.children()
        return all(
            any(name in command and pid != killed[name] for pid, command in commands.items())
            for name in names
        )

    until(replaced)
    until(lambda: all(system.health(service).status_code == 200 for service in SERVICES))
    until(lambda: system.health("referrals").json()["status"] == "ready")


def shows(url: str, wanted: str, headers: dict[str, str]) -> bool:
    return wanted in httpx.get(url, headers=headers).text


def test_the_workers_figures_stand_on_the_last_port_for_the_bearer_of_their_word(system: Running) -> None:
    figures = f"http://127.0.0.1:{system.port + 5}/metrics"
    bearer_of_it = {"Authorization": f"Bearer {(system.data / 'keys' / 'metrics.token').read_text()}"}
    assert httpx.get(figures).status_code == 401
    for number in range(3):
        place = f"http://127.0.0.1:{system.port + number}/metrics"
        assert (httpx.get(place).status_code, httpx.get(place, headers=bearer_of_it).status_code) == (
            401,
            200,
        )
    answer = httpx.get(figures, headers=bearer_of_it)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    for service in SERVICES:
        rounds = f'icc_worker_rounds_total{{loop="seal-audit",result="ok",service="{service}"}}'
        until(partial(shows, figures, rounds, bearer_of_it))


def test_only_the_names_of_this_machine_are_answered(system: Running) -> None:
    for host, status in (("localhost", 200), ("127.0.0.1:9", 200), ("[::1]:9", 200), ("icc.example", 400)):
        live = f"http://127.0.0.1:{system.port}/health/live"
        assert httpx.get(live, headers={"Host": host}).status_code == status, host


def test_a_client_is_revoked_everywhere_by_one_command(system: Running) -> None:
    beside = subprocess.run(
        command("revoke", "--client", "emis", "--data", str(system.data)),
        capture_output=True, text=True, check=False, env=environment(),
    )  # fmt: skip
    assert beside.stdout == "referrals: revoked\noutcomes: revoked\ntrajectories: revoked\n", beside.stderr
    for number in range(3):
        place = f"http://127.0.0.1:{system.port + number}/v1/operations/revocations"
        items = httpx.get(place, headers=bearer(system.data, "operator")).json()["items"]
        assert [item["client"] for item in items] == ["emis"]


def test_what_lies_in_the_data_directory_is_closed_to_others(system: Running) -> None:
    folders = [system.data / name for name in ("keys", "logs", "valkey")]
    assert [folder.name for folder in folders if folder.stat().st_mode & 0o077] == []
    assert system.data.stat().st_mode & 0o066 == 0
    secrets = [
        *(system.data / "keys").iterdir(),
        *system.data.glob("services/*/keys/*"),
        system.data / "valkey" / "valkey.conf",
    ]
    assert [secret.name for secret in secrets if secret.stat().st_mode & 0o077] == []


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root may give accounts")
def test_started_by_root_each_service_is_an_account_that_reads_no_keys_but_its_own(system: Running) -> None:
    accounts = {}
    for service in SERVICES:
        owners = set()
        for process in ("api", "worker"):
            status = Path(f"/proc/{system.child(f'services.{service} {process}')}/status").read_text()
            told = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
            assert told["NoNewPrivs"] == "1"
            owners.add(int(told["Uid"].split()[0]))
        (accounts[service],) = owners
    assert 0 not in accounts.values()
    assert len(set(accounts.values())) == 3
    secrets = [*(system.data / "keys").iterdir(), *system.data.glob("services/*/keys/*")]
    for service, uid in accounts.items():
        home = system.data / "services" / service
        assert {secret for secret in secrets if _opens(secret, uid=uid, cwd=home)} == set(
            (home / "keys").iterdir()
        )
        assert not _opens(home, uid=uid, cwd=home, for_writing=True)
        kept = json.loads((home / "keys" / "keyring.json").read_text())
        purposes = {key["purpose"] for key in kept["keys"]}
        assert purposes == {str(purpose) for purpose in purposes_granted(service)}


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root may give accounts")
def test_started_by_root_valkey_and_the_readers_of_files_are_accounts_that_read_no_key(
    system: Running,
) -> None:
    accounts = {}
    for name in ("valkey-server", "shared.local.readers", "postgres -D", "services.outcomes api"):
        status = Path(f"/proc/{system.child(name)}/status").read_text()
        accounts[name] = int(dict(re.findall(r"^(Uid):\t(\d+)", status, re.MULTILINE))["Uid"])
    assert 0 not in accounts.values()
    assert len(set(accounts.values())) == len(accounts)
    secrets = [*(system.data / "keys").iterdir(), *system.data.glob("services/*/keys/*")]
    for name, home in (("valkey-server", "valkey"), ("shared.local.readers", "services/readers")):
        cwd = system.data / home
        assert not any(_opens(secret, uid=accounts[name], cwd=cwd) for secret in secrets)
    assert not _opens(cwd, uid=accounts["shared.local.readers"], cwd=cwd, for_writing=True)


def test_a_file_is_read_by_a_process_that_is_shut_off(system: Running) -> None:
    headers = bearer(system.data, "council-feed", org="cumbria") | {"Content-Type": "text/csv"}
    answer = httpx.post(
        f"http://127.0.0.1:{system.port + 1}/v1/feeds/reablement/submissions?validate_only=true",
        content="period,icc,category,count\n2020-01,kendal,community,4\n", headers=headers, timeout=30,
    )  # fmt: skip
    assert (answer.status_code, answer.json()["status"]) == (200, "accepted")


def _opens(place: Path, *, uid: int, cwd: Path, for_writing: bool = False) -> bool:
    """Whether this account can read a file, or write in a folder, from where its service stands."""
    words = ["test", "-w" if for_writing else "-r", os.path.relpath(place, cwd)]
    asked = subprocess.run(words, user=uid, group=uid, extra_groups=[], cwd=cwd, check=False)
    return asked.returncode == 0


def test_no_password_stands_on_a_command_line(system: Running) -> None:
    passwords = (system.data / "keys" / "servers.json").read_text().split('"')[3::4]
    assert len(passwords) > 9
    assert all(password not in command for command in system.children().values() for password in passwords)


def test_a_second_one_on_the_same_data_says_who_holds_them(system: Running) -> None:
    second = subprocess.run(
        command("up", "--port", str(free_ports(SIX)), "--data", str(system.data)),
        capture_output=True, text=True, check=False, env=environment(),
    )  # fmt: skip
    assert second.returncode == 1
    assert f"in use by process {system.process.pid}" in second.stderr


def test_a_second_one_on_the_same_ports_names_the_port(system: Running, tmp_path: Path) -> None:
    second = subprocess.run(
        command("up", "--port", str(system.port), "--data", str(tmp_path / "data")),
        capture_output=True, text=True, check=False, env=environment(),
    )  # fmt: skip
    assert second.returncode == 1
    assert f"Port {system.port} (referrals) is taken" in second.stderr


def test_status_and_migrate_work_beside_it(system: Running) -> None:
    for name in ("status", "migrate"):
        beside = subprocess.run(
            command(name, "--port", str(system.port), "--data", str(system.data)),
            capture_output=True, text=True, check=False, env=environment(),
        )  # fmt: skip
        assert beside.returncode == 0, beside.stdout + beside.stderr


def test_it_survives_its_own_sigkill_and_sigterm_leaves_nothing(tmp_path: Path) -> None:
    with up(tmp_path / "data", ICC_ENVIRONMENT="production") as first:
        family = set(first.children())
        first.process.kill()
        until(lambda: family.isdisjoint(processes()))
    with up(tmp_path / "data", ICC_REDIS_URL="none") as second:
        assert {second.health(service).json()["status"] for service in SERVICES} == {"degraded"}
        assert not any("valkey" in command for command in second.children().values())
        family = set(second.children())
    assert second.process.returncode == 0
    assert second.said[-2:] == ["stopping", "stopped"]
    assert family.isdisjoint(processes())


def test_servers_of_ones_own_are_used_and_two_api_processes_share_a_port(tmp_path: Path) -> None:
    with temporary_servers() as servers:
        settings = {"ICC_DATABASE_URL": servers.database_url, "ICC_REDIS_URL": servers.redis_url}
        with up(tmp_path / "data", "--workers", "2", **settings) as running:
            commands = list(running.children().values())
            # Three APIs twice and three workers; started by root, also who lends readers of files.
            assert len(commands) == (10 if reader_account() else 9)
            assert not any("postgres -D" in command or "valkey-server" in command for command in commands)
            assert all(
                answers(f"http://127.0.0.1:{running.port + number}/health/ready") for number in range(3)
            )
