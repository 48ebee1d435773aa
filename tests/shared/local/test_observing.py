"""Logs that do not grow without end, and the workers' figures on one port."""

import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from shared.local import LocalError
from shared.local.directory import ROOT
from shared.local.ports import listen
from shared.local.processes import rotate_logs
from shared.local.worker_metrics import serve_worker_figures

TOKEN = "a word that nobody guesses"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
COUNT = """
import sys
from prometheus_client import Counter
Counter("icc_jobs", "Jobs done", ["kind"]).labels("parse").inc(int(sys.argv[1]))
"""


def test_a_log_that_has_grown_is_copied_and_emptied_while_it_is_open(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    with log.open("a") as child:
        child.write("x" * 100)
        child.flush()
        rotate_logs(tmp_path, largest=50)
        child.write("later\n")
    assert (tmp_path / "api.log.1").read_text() == "x" * 100
    assert log.read_text() == "later\n"


def test_only_the_latest_logs_are_kept(tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / "api.log").write_text(str(number) * 100)
        rotate_logs(tmp_path, largest=50)
    kept = {file.name: file.read_text()[0] for file in tmp_path.iterdir() if file.read_text()}
    assert kept == {"api.log.1": "5", "api.log.2": "4", "api.log.3": "3"}


def count(folder: Path, jobs: int) -> None:
    """A worker process that did some jobs and ended."""
    folder.mkdir(exist_ok=True)
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", COUNT, str(jobs)], env=environment, check=True)


def test_the_figures_of_all_workers_stand_on_one_port_by_service(tmp_path: Path) -> None:
    folders = {"referrals": tmp_path / "referrals", "outcomes": tmp_path / "outcomes"}
    count(folders["referrals"], 2)
    count(folders["referrals"], 3)
    count(folders["outcomes"], 4)
    with serve_worker_figures(0, folders, token=TOKEN) as port:
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics", headers=BEARER)
        refused = httpx.post(f"http://127.0.0.1:{port}/metrics", headers=BEARER)
        wrong = [b"", TOKEN.encode(), f"Bearer {TOKEN}x".encode(), b"Bearer \xe9"]
        strangers = [
            httpx.get(f"http://127.0.0.1:{port}/metrics", headers=[(b"authorization", said)])
            for said in wrong
        ]
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'icc_jobs_total{kind="parse",service="referrals"} 5.0' in answer.text
    assert 'icc_jobs_total{kind="parse",service="outcomes"} 4.0' in answer.text
    assert refused.status_code == 405
    assert {(stranger.status_code, "icc_jobs" in stranger.text) for stranger in strangers} == {(401, False)}


def test_the_figures_stand_on_the_loopback_address_only_and_their_port_is_given_back(tmp_path: Path) -> None:
    before = threading.active_count()
    with serve_worker_figures(0, {"referrals": tmp_path / "not-made-yet"}, token=TOKEN) as port:
        assert httpx.get(f"http://127.0.0.1:{port}/metrics", headers=BEARER).text == ""
        with pytest.raises(LocalError, match=f"Port {port} \\(the workers' metrics\\) is taken"):
            listen(port, purpose="the workers' metrics")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=5)
    listen(port, purpose="the workers' metrics").close()
    assert threading.active_count() <= before


def test_a_taken_port_of_the_figures_is_a_sentence() -> None:
    with listen(0, purpose="another") as other:
        port = other.getsockname()[1]
        with (
            pytest.raises(LocalError, match=f"Port {port} \\(the workers' metrics\\) is taken"),
            serve_worker_figures(port, {}, token=TOKEN),
        ):
            pass
